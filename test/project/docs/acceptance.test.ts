import assert from "node:assert/strict";
import { test } from "node:test";
import { listFiles, readSource } from "../support/source-files.ts";
import { codesInColumn, page, sorted } from "./support/pages.ts";

const CODE = /\b[NCDSKLPG]\d{1,2}\b/g;

/** Codes in the names of tests: `"N4: …"`, `"C3, C4: …"`, `"L5 a probe …"`. */
function codesOfTests(): string[] {
  const files = listFiles("test").filter((path) => path.endsWith(".test.ts"));
  return files.flatMap((path) =>
    [...readSource(path).text.matchAll(/(?<=["`])(?:[NCDSKLPG]\d{1,2}(?:, | and |: | ))+/g)].flatMap(
      ([head]) => head.match(CODE) ?? [],
    ),
  );
}

test("every code in a test's name is explained, and no other is in the tables but those that scenarios carry", () => {
  const explained = codesInColumn(page("docs/acceptance.md").replaceAll(/^\| ([A-Z]\d+) \|/gm, "| `$1` |"), 0);
  const used = sorted(codesOfTests());
  assert.ok(used.length > 20, `only ${used.length} codes`);
  assert.deepEqual(
    used.filter((code) => !explained.includes(code)),
    [],
  );
});
