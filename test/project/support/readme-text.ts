import assert from "node:assert/strict";
import { readSource } from "./source-files.ts";

/** The README, read once. */
export const readme = readSource("README.md").text;

/** The text below a heading, to the next heading of its level or above. */
export function section(heading: string): string {
  const start = readme.indexOf(`\n${heading}\n`);
  assert.ok(start >= 0, `README has no ${heading}`);
  const body = readme.slice(start + heading.length + 2);
  const level = heading.indexOf(" ");
  const end = body.search(new RegExp(`^#{1,${level}} `, "m"));
  return end < 0 ? body : body.slice(0, end);
}

/** What stands between backquotes in a column of all tables of a text. */
export function codesInColumn(text: string, column: number): string[] {
  const rows = text.split("\n").filter((line) => line.startsWith("|") && !/^\|-/.test(line));
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

/** Fields that the first column of the tables after `from` names, up to `to`. */
export function fieldsIn(text: string, from: string, to = "\n\n"): string[] {
  const start = text.indexOf(from);
  assert.ok(start >= 0, `README has no table "${from}"`);
  const table = text.slice(start);
  return codesInColumn(table.slice(0, table.indexOf(to)), 0);
}

/** As GitHub makes it from a heading. */
export function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
}
