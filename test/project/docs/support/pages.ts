import assert from "node:assert/strict";
import { listFiles, readSource } from "../../support/source-files.ts";

/** A page of the documentation: its path from the root, and its text. */
export interface Page {
  readonly path: string;
  readonly text: string;
}

/** Every page in Markdown, but for those of recordings and scenarios. */
export const pages: readonly Page[] = listFiles("")
  .filter((path) => path.endsWith(".md") && !/^test\/(scenarios|reported|lab\/recording)\//.test(path))
  .map(readSource);

/** What a user reads: README.md, SECURITY.md and all of docs/. */
export const userPages = pages.filter(({ path }) => /^(README\.md|SECURITY\.md|docs\/.*)$/.test(path));

export function page(path: string): string {
  const found = pages.find((candidate) => candidate.path === path);
  assert.ok(found !== undefined, `there is no ${path}`);
  return found.text;
}

/** The text below a heading of a page, to the next heading of its level or above. */
export function section(path: string, heading: string): string {
  const text = page(path);
  const start = text.indexOf(`\n${heading}\n`);
  assert.ok(start >= 0, `${path} has no ${heading}`);
  const body = text.slice(start + heading.length + 2);
  const level = heading.indexOf(" ");
  const end = body.search(new RegExp(`^#{1,${level}} `, "m"));
  return end < 0 ? body : body.slice(0, end);
}

/** The text without fenced blocks. */
export function withoutBlocks(text: string): string {
  return text.replaceAll(/^```\w*\n[\s\S]*?^```$/gm, "");
}

/** What stands between backquotes in a column of all tables of a text. */
export function codesInColumn(text: string, column: number): string[] {
  const rows = text.split("\n").filter((line) => line.startsWith("|") && !/^\| ?-/.test(line));
  return rows.flatMap((row) => codes(row.split(/(?<!\\)\|/)[column + 1] ?? ""));
}

/** What stands between backquotes. */
export function codes(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "");
}

/** Content of the fenced blocks of one language. */
export function blocks(text: string, language: string): string[] {
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].flatMap(([, is, content]) =>
    is === language ? [content ?? ""] : [],
  );
}

/** Each word once, in order. */
export function sorted(words: Iterable<string>): string[] {
  return [...new Set(words)].sort();
}

/** Names of all fields, at any depth. */
export function keysOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(keysOf);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...keysOf(inner)]);
}

/** Fields that the first column of the table after `from` names. */
export function fieldsIn(text: string, from: string): string[] {
  const start = text.indexOf(from);
  assert.ok(start >= 0, `no table "${from}"`);
  return codesInColumn(text.slice(start).split("\n\n")[0] ?? "", 0);
}

/** As GitHub makes it from a heading. */
export function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
}
