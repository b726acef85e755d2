import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parseAllDocuments } from "yaml";
import { graphFile } from "../../../src/graph/file/graph-file.ts";
import { described } from "../../access/support/described.ts";
import { call, graphOf, workload } from "../../answers/support/graphs.ts";
import { wirespan } from "../../support/cli/wirespan.ts";

const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
const NAMESPACE = "../../shop\n---\nkind: Secret";
const LONG = "x".repeat(300);
const NAMES = [
  "a\n---\nkind: Secret\n#",
  "b\u0085kind: Secret",
  "c\u2028\u{e0041}\u001b[31m\u202e",
  "* &x: |#`<b>",
  LONG,
];

/** A graph file whose names, owners and problems could end a line, a comment, a quote or a path. */
function hostileFile(): string {
  const [first = "", ...others] = NAMES.map((name) => workload(name, NAMESPACE));
  const calls = others.flatMap((other) => [call(first, other), call(other, first)]);
  const graph = described(
    graphOf([...calls, call(first, "dotted.name"), call("dotted.name", first), call("checkout", first)]),
  );
  const file = join(mkdtempSync(join(tmpdir(), "wirespan-hostile-")), "graph.json");
  writeFileSync(file, graphFile({ ...graph, incomplete: ["a file ends early\n---\nkind: Secret"] }));
  return file;
}

const GRAPH = hostileFile();

function assertVisible(text: string, title: string): void {
  for (const line of text.split("\n")) assert.doesNotMatch(line, HIDDEN, `${title}: ${JSON.stringify(line)}`);
}

for (const command of [
  ["rollout", "--patch"],
  ["rollout", "-o", "markdown"],
  ["blast-radius", `workload/${NAMESPACE.replaceAll("/", "%2F")}/${LONG}`],
  ["explain", LONG, NAMES[0] ?? ""],
  ["diff", GRAPH, GRAPH],
]) {
  test(`no name adds a line or a control character: ${command[0]} ${command[1]?.startsWith("-") ? command[1] : ""}`, async () => {
    const source = command[0] === "diff" ? [] : ["--graph", GRAPH];
    const { code, stdout, stderr } = await wirespan([...command, ...source]);
    assert.equal(code, command[0] === "diff" ? 2 : 1, stderr);
    assertVisible(stdout + stderr, command.join(" "));
    assert.doesNotMatch(stdout, /^(?:---|kind: Secret)$/m);
    assert.match(stderr, /incomplete/);
  });
}

for (const command of [
  ["intents"],
  ["intents", "--api-version", "v1alpha3"],
  ["policies"],
  ["policies", "--flavor", "cilium"],
]) {
  test(`names stay values in YAML, comments and file names: ${command.join(" ")}`, async () => {
    const yaml = await wirespan([...command, "--graph", GRAPH]);
    assert.equal(yaml.code, 1, yaml.stderr);
    assertVisible(yaml.stdout, command.join(" "));
    const { items } = JSON.parse((await wirespan([...command, "--graph", GRAPH, "-o", "json"])).stdout);
    const documents = parseAllDocuments(yaml.stdout).map((document) => document.toJS());
    assert.deepEqual(
      documents.filter((object) => object !== null),
      items,
    );
    assert.ok(items.length > 0);
    const directory = join(mkdtempSync(join(tmpdir(), "wirespan-hostile-")), "a/b/c");
    const written = await wirespan([...command, "--graph", GRAPH, "-o", `${directory}/`]);
    assert.equal(written.code, 1, written.stderr);
    const files = readdirSync(directory);
    assert.equal(files.length, items.length);
    for (const file of files) {
      assert.match(file, /^[\w.%-]{1,250}\.yaml$/);
      assertVisible(readFileSync(join(directory, file), "utf8"), file);
    }
  });
}

test("names that YAML 1.1, which kubectl reads, takes for another type are quoted", async () => {
  const names = ["yes", "on", "n", "010", "0x1f", "1e3", "null"];
  const graph = described(graphOf(names.flatMap((name) => [call("frontend", name), call(name, "frontend")])));
  const file = join(mkdtempSync(join(tmpdir(), "wirespan-yaml-")), "graph.json");
  writeFileSync(file, graphFile(graph));
  for (const command of ["intents", "policies"]) {
    const { stdout } = await wirespan([command, "--graph", file]);
    const { items } = JSON.parse((await wirespan([command, "--graph", file, "-o", "json"])).stdout);
    const read = parseAllDocuments(stdout, { version: "1.1" }).map((document) => document.toJS());
    assert.deepEqual(
      read.filter((object) => object !== null),
      items,
    );
    assert.equal(items.length, names.length + 1);
  }
});
