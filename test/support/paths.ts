import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";

function findRoot(from: string): string {
  if (existsSync(join(from, "package.json"))) return from;
  const parent = dirname(from);
  if (parent === from) throw new Error("no package.json above the tests");
  return findRoot(parent);
}

/** The checkout, wherever the compiled test lies. */
export const repositoryRoot = findRoot(dirname(fileURLToPath(import.meta.url)));

/** Data that is not part of the repository (other people's captures): `WIRESPAN_SHARED`, by default `../shared`. */
const sharedRoot = process.env.WIRESPAN_SHARED ?? join(repositoryRoot, "..", "shared");

/**
 * Path below the shared data, or null with a loud line when it is absent: the caller then returns, and the test
 * counts as skipped. Only tests on shared data may be skipped.
 */
export function sharedPath(t: TestContext, ...parts: string[]): string | null {
  const path = join(sharedRoot, ...parts);
  if (existsSync(path)) return path;
  const message = `NOT TESTED: ${path} is absent; set WIRESPAN_SHARED to the folder that holds ${parts.join("/")}`;
  console.error(`\n  !!! ${message}\n`);
  t.skip(message);
  return null;
}
