import assert from "node:assert/strict";
import { copyFileSync, linkSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ConfigError } from "../../src/model/errors.ts";
import { checkDistinctFiles } from "../../src/output/files/distinct-files.ts";
import { readOutputOptions } from "../../src/output/output-option.ts";
import { FORMATS } from "../../src/output/results.ts";
import { repositoryRoot } from "../support/paths.ts";

const SUFFIXES = [
  ["map.html", "html"],
  ["MAP.SVG", "svg"],
  ["edges.json", "json"],
  ["lines.jsonl", "jsonl"],
  ["graph.dot", "dot"],
  ["graph.mmd", "mermaid"],
  ["table.txt", null],
  ["edges", null],
] as const;
for (const [output, format] of SUFFIXES) {
  test(`the name ${output} selects ${format ?? "no format"}`, () => {
    assert.equal(readOutputOptions({ output }, FORMATS).format, format);
  });
}

for (const output of ["map.png", "a/map.PDF", "edges.csv", "graph.yaml"]) {
  test(`the name ${output} is rejected with the supported formats`, () => {
    assert.throws(
      () => readOutputOptions({ output }, FORMATS),
      (error) =>
        error instanceof ConfigError &&
        error.message.startsWith(`unsupported format of -o ${output}; use .json, .dot, .mmd, .svg, .html, .jsonl`),
    );
    assert.equal(readOutputOptions({ output, format: "svg" }, FORMATS).format, "svg");
  });
}

test("--format outranks the suffix", () => {
  assert.equal(readOutputOptions({ format: "dot", output: "map.html" }, FORMATS).format, "dot");
});

test("no input is overwritten through any path, and no result by the counters", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "wirespan-distinct-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const capture = join(folder, "node.pcap");
  copyFileSync(join(repositoryRoot, "test/lab/recording/node-a.pcap"), capture);
  linkSync(capture, join(folder, "linked.pcap"));
  const bytes = readFileSync(capture).length;
  for (const output of [
    capture,
    join(folder, "..", folder.split("/").at(-1) ?? "", "node.pcap"),
    join(folder, "linked.pcap"),
  ]) {
    assert.throws(() => checkDistinctFiles({ output }, [capture]), ConfigError);
    assert.throws(() => checkDistinctFiles({ stats: output }, [undefined, capture]), ConfigError);
  }
  const same = join(folder, "new.json");
  assert.throws(() => checkDistinctFiles({ output: same, stats: same }, [capture]), /-o|--stats/);
  checkDistinctFiles({ output: join(folder, "a.json"), stats: join(folder, "b.json") }, [capture, "-"]);
  symlinkSync(folder, join(folder, "again"));
  symlinkSync("new.json", join(folder, "to-new.json"));
  symlinkSync("loop", join(folder, "loop"));
  for (const stats of [join(folder, "again", "new.json"), join(folder, "to-new.json")]) {
    assert.throws(() => checkDistinctFiles({ output: same, stats }, []), /--stats .* would overwrite the file of -o/);
  }
  checkDistinctFiles({ output: join(folder, "loop"), stats: same }, []);
  checkDistinctFiles({ output: "/dev/null", stats: "-" }, ["-"]);
  checkDistinctFiles({ output: "/dev/null", stats: "/dev/null" }, ["/dev/stdin"]);
  assert.equal(readFileSync(capture).length, bytes);
});
