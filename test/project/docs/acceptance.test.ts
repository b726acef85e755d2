import assert from "node:assert/strict";
import { test } from "node:test";
import { listFiles, readSource } from "../support/source-files.ts";
import { page, sorted } from "./support/pages.ts";

const CODE = /\b[NCDSKLPG]\d{1,2}\b/g;
const OTHER_TESTS = "## Promises without a code";

/** Codes in the names of tests: `"N4: …"`, `"C3, C4: …"`, `"L5 a probe …"`. */
function codesOfTests(): string[] {
  const files = listFiles("test").filter((path) => path.endsWith(".test.ts"));
  const heads = /(?<=["`])(?:[NCDSKLPG]\d{1,2}(?:, | and |: | ))+/g;
  return files.flatMap((path) =>
    [...readSource(path).text.matchAll(heads)].flatMap(([head]) => head.match(CODE) ?? []),
  );
}

/** Codes in the first column of a text's tables. */
function codesOfRows(text: string): string[] {
  return [...text.matchAll(/^\| ((?:[A-Z]\d+(?:, )?)+) \|/gm)].flatMap(([, cell = ""]) => cell.match(CODE) ?? []);
}

test("every code in a test's name is explained, and every promise has its tests", () => {
  const [explained = "", others = ""] = page("docs/acceptance.md").split(OTHER_TESTS);
  const used = sorted(codesOfTests());
  assert.ok(used.length > 20, `only ${used.length} codes`);
  assert.deepEqual(sorted(codesOfRows(explained)), sorted([...used, ...codesOfRows(others)]));
});
