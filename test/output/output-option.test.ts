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

const REJECTED = [
  [{ output: "json", format: "html" }, "--format html and -o json are two formats; give one, or -o ./json for a file"],
  [{ output: "yaml" }, 'unsupported format "yaml" of -o; use table, wide, json, or -o ./yaml for a file'],
  [{ output: "name" }, 'unsupported format "name" of -o; use table, wide, json, or -o ./name for a file'],
  [
    { output: "jsonpath={.edges}" },
    'unsupported format "jsonpath={.edges}" of -o; use table, wide, json, or -o ./jsonpath={.edges} for a file',
  ],
  [{ output: "map.html" }, "format html is not one of table, wide, json; wirespan map writes it"],
  [{ output: "jsonl" }, "format jsonl is not one of table, wide, json; wirespan replay and wirespan agent write it"],
] as const;
for (const [options, message] of REJECTED) {
  test(`${JSON.stringify(options)}: ${message}`, () => {
    assert.throws(() => readOutputOptions(options, ["table", "wide", "json"]), new ConfigError(message));
  });
}
