import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError } from "../../src/model/errors.ts";
import { readOutputOptions } from "../../src/output/output-option.ts";
import { FORMATS } from "../../src/output/results.ts";

for (const format of FORMATS) {
  test(`-o ${format} is the format, and -o ./${format} a file`, () => {
    assert.deepEqual(readOutputOptions({ output: format }, FORMATS), { format, output: undefined });
    assert.deepEqual(readOutputOptions({ output: `=${format}` }, FORMATS), { format, output: undefined });
    assert.deepEqual(readOutputOptions({ output: format, format }, FORMATS), { format, output: undefined });
    assert.deepEqual(readOutputOptions({ output: `./${format}` }, FORMATS), { format: null, output: `./${format}` });
  });
}

test("a file has the format of --format, otherwise of its suffix", () => {
  assert.deepEqual(readOutputOptions({ output: "map.html" }, FORMATS), { format: "html", output: "map.html" });
  assert.deepEqual(readOutputOptions({ output: "-", format: "svg" }, FORMATS), { format: "svg", output: "-" });
  assert.deepEqual(readOutputOptions({ output: "map", format: "svg" }, FORMATS), { format: "svg", output: "map" });
  assert.deepEqual(readOutputOptions({}, FORMATS), { format: null, output: undefined });
});

test("the name of a format is read in any case, also by the suffix of its files", () => {
  assert.deepEqual(readOutputOptions({ output: "JSON" }, FORMATS), { format: "json", output: undefined });
  assert.deepEqual(readOutputOptions({ format: "Wide" }, FORMATS), { format: "wide", output: undefined });
  assert.deepEqual(readOutputOptions({ output: "mmd" }, FORMATS), { format: "mermaid", output: undefined });
  assert.deepEqual(readOutputOptions({ output: "yml" }, ["yaml", "json"]), { format: "yaml", output: undefined });
});

test("a suffix of any text, and a directory, select no format", () => {
  for (const output of ["out.txt", "out", "intents/", "policies.d/", "svg/", "./png", "-"]) {
    assert.deepEqual(readOutputOptions({ output }, ["yaml", "json"]), { format: null, output });
  }
});

const REJECTED = [
  [
    { output: "json", format: "wide" },
    "--format wide and -o json are different formats; use one of them, or -o ./json for a file",
  ],
  [{ format: "yaml" }, 'unsupported format "yaml" of --format; use table, wide, json'],
  [{ format: "json", output: "xml" }, 'unsupported format "xml" of -o; use table, wide, json, or -o ./xml for a file'],
  [
    { output: "PNG" },
    'unsupported format "PNG" of -o; use table, wide, json, or -o ./PNG for a file (a browser converts the .svg and .html of wirespan map to PNG and PDF)',
  ],
  [{ output: "yaml" }, 'unsupported format "yaml" of -o; use table, wide, json, or -o ./yaml for a file'],
  [{ output: "name" }, 'unsupported format "name" of -o; use table, wide, json, or -o ./name for a file'],
  [
    { output: "jsonpath={.edges}" },
    'unsupported format "jsonpath={.edges}" of -o; use table, wide, json, or -o ./jsonpath={.edges} for a file',
  ],
  [{ output: "map.html" }, "unsupported format of -o map.html; use .json, or set --format (wirespan map writes html)"],
  [{ output: "edges.json.gz" }, "unsupported format of -o edges.json.gz; use .json, or set --format"],
  [
    { output: "jsonl" },
    'unsupported format "jsonl" of -o; use table, wide, json, or -o ./jsonl for a file (wirespan replay and wirespan agent write jsonl)',
  ],
] as const;
for (const [options, message] of REJECTED) {
  test(`${JSON.stringify(options)}: ${message}`, () => {
    assert.throws(() => readOutputOptions(options, ["table", "wide", "json"]), new ConfigError(message));
  });
}
