import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonDocuments } from "../../../src/kubernetes/files/json-documents.ts";

const A = { kind: "List", items: [{ text: 'a "quoted\\" }{ ][ one' }] };
const B = [{ b: 1 }, null];
const [compactA, compactB] = [JSON.stringify(A), JSON.stringify(B)];
const [prettyA, prettyB] = [JSON.stringify(A, null, 4), JSON.stringify(B, null, 4)];

for (const [name, text] of [
  ["one after the other", `${prettyA}\n${prettyB}\n`],
  ["on one line", `${compactA} ${compactB}`],
  ["without a separator", `${compactA}${compactB}`],
  ["line by line", `${compactA}\n${compactB}\n`],
  ["line by line with carriage returns", `${compactA}\r\n\r\n${compactB}\r\n`],
] as const) {
  test(`documents ${name} are read`, () => {
    assert.deepEqual(jsonDocuments(text), [A, B]);
  });
}

test("a single document is read", () => {
  assert.deepEqual(jsonDocuments(` ${prettyA}\n`), [A]);
  assert.deepEqual(jsonDocuments("7"), [7]);
});

test("a truncated or broken document anywhere rejects the whole text", () => {
  const text = `${prettyA}\n${prettyB}\n${compactA}`;
  const ends = [prettyA.length, prettyA.length + 1 + prettyB.length];
  for (let length = 1; length < text.length; length++) {
    // After a complete document, with or without its line break.
    const isComplete = ends.includes(length) || ends.includes(length - 1);
    assert.equal(jsonDocuments(text.slice(0, length)) !== null, isComplete, text.slice(0, length));
  }
  assert.equal(jsonDocuments(`${compactA}\n{"a":tru}\n`), null);
  for (const stray of [`Warning: old\n${compactA}`, `${compactA}\nbye`, `${compactA},${compactB}`, prettyA.slice(20)]) {
    assert.equal(jsonDocuments(stray), null, stray);
  }
});

test("text without a document is rejected", () => {
  for (const text of ["", "\n", "apiVersion: v1\nitems:\n  - {a: 1}\n", "NAME READY\nweb 1/1\n"]) {
    assert.equal(jsonDocuments(text), null, JSON.stringify(text));
  }
});

test("the time is proportional to the length of the text, whatever brackets and quotes it has", () => {
  for (const part of ["[", '"', "{", '{"a":', '["', "\n{", 'x"\n', "\\"]) {
    const start = performance.now();
    jsonDocuments(`{}\n${part.repeat(400_000)}`);
    assert.ok(performance.now() - start < 2_000, part);
  }
});
