import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../../support/paths.ts";

/** A file of the checkout: its path from the root, with slashes, and its text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

const MADE_BY_TOOLS = /^(node_modules|dist[^/]*|\.git|\.cache)$/;

/** Paths of all files under `folder` (from the root; "" is all of it), without what tools make; sorted. */
export function listFiles(folder: string): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(join(repositoryRoot, folder), { withFileTypes: true })) {
    if (MADE_BY_TOOLS.test(entry.name)) continue;
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) found.push(...listFiles(path));
    else if (entry.isFile()) found.push(path);
  }
  return found.sort();
}

export function readSource(path: string): SourceFile {
  return { path, text: readFileSync(join(repositoryRoot, path), "utf8") };
}

/** The text without comments; string literals and line breaks stay. */
export function withoutComments(text: string): string {
  return text.replace(/"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|\/\*[\s\S]*?\*\/|\/\/.*/g, (part) =>
    part.startsWith("/") ? part.replace(/[^\n]/g, "") : part,
  );
}

/** Module specifiers of a TypeScript text: import and export … from, import for effect, dynamic import. */
export function importsOf(text: string): string[] {
  const statements = /^\s*(?:import|export)\b[^"';]*?from\s*["']([^"']+)["']|^\s*import\s*["']([^"']+)["']/gm;
  const dynamic = /\b(?:import|require)\(\s*["']([^"']+)["']/g;
  const code = withoutComments(text);
  return [...code.matchAll(statements), ...code.matchAll(dynamic)].map((match) => match[1] ?? match[2] ?? "");
}
