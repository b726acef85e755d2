import assert from "node:assert/strict";
import { test } from "node:test";
import { listFiles, readSource } from "./support/source-files.ts";
import { avoidedWords } from "./support/vocabulary.ts";

const TEXT = /\.(ts|md|ya?ml|sh|css|tpl|json)$/;
/** Data, and the list of avoided words itself. */
const UNCHECKED =
  /^(package-lock\.json|CHANGELOG\.md|test\/lab\/recording\/.*|test\/project\/support\/vocabulary\.ts|test\/project\/vocabulary\.test\.ts)$/;

test("code, messages and documentation use the standard terms", () => {
  const files = listFiles("").filter((path) => TEXT.test(path) && !UNCHECKED.test(path));
  assert.ok(files.length > 500);
  assert.deepEqual(
    files.flatMap((path) => avoidedWords(readSource(path))),
    [],
  );
});

const LINES: readonly (readonly [line: string, count: number])[] = [
  ["the sensor tells what it saw", 1],
  ["if (isTold(x)) return heardOf(y);", 2],
  ["ports besides 53", 1],
  ["const SENSOR_NEWS = 1;", 1],
  ["the besiege of a newsletter, a legend, intelligible", 0],
];
for (const [text, count] of LINES) {
  test(`"${text}" has ${count} avoided words`, () => {
    const found = avoidedWords({ path: "a.ts", text });
    assert.equal(found.length, count, found.join("\n"));
  });
}
