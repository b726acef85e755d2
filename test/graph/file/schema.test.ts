// docs/reference/graph.schema.json beside what is written.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Schema, Validator } from "@cfworker/json-schema";
import fc from "fast-check";
import { graphFile } from "../../../src/graph/file/graph-file.ts";
import { mergeGraphs } from "../../../src/graph/merge.ts";
import { OUTCOMES } from "../../../src/model/interaction.ts";
import { demo } from "../../project/docs/support/program.ts";
import { readSource } from "../../project/support/source-files.ts";
import { anyGraph } from "../support/any-graph.ts";

const TEXT = readSource("docs/reference/graph.schema.json").text;
const validator = new Validator(JSON.parse(TEXT) as Schema, "2020-12", false);

/** The same, without the permission of further fields. */
const strict = new Validator(
  JSON.parse(TEXT, (_, value) =>
    value?.type === "object" && value.properties !== undefined ? { additionalProperties: false, ...value } : value,
  ) as Schema,
  "2020-12",
  false,
);

const anyFile = fc
  .array(anyGraph, { minLength: 1, maxLength: 3 })
  .map((graphs) => JSON.parse(graphFile(mergeGraphs(graphs))) as Record<string, unknown>);

describe("the schema of the graph file", () => {
  it("holds for every graph that is written, and names every field", () => {
    fc.assert(
      fc.property(anyFile, (file) => {
        assert.deepEqual(strict.validate(file).errors, []);
      }),
    );
  });

  it("holds for the demo", async () => {
    const file = JSON.parse(await demo("--format", "json"));
    assert.ok(file.edges.length > 10);
    assert.deepEqual(strict.validate(file).errors, []);
  });

  it("allows further fields", () => {
    fc.assert(
      fc.property(anyFile, (file) => {
        assert.deepEqual(validator.validate({ ...file, later: 1 }).errors, []);
      }),
    );
  });

  it("does not hold without a field, or with another type", () => {
    const [graph] = fc.sample(
      anyGraph.filter(({ edges }) => edges.length > 3),
      1,
    );
    assert.ok(graph !== undefined);
    const text = graphFile(graph);
    for (const path of [
      ["wirespan"],
      ["cluster"],
      ["edges", 0, "outcomes", OUTCOMES[0]],
      ["edges", 0, "firstSeen"],
      ["nodes", 0, "id"],
    ]) {
      for (const value of [undefined, []]) {
        const file = JSON.parse(text);
        let parent = file;
        for (const key of path.slice(0, -1)) parent = parent[key];
        parent[path.at(-1) ?? ""] = value;
        assert.equal(validator.validate(JSON.parse(JSON.stringify(file))).valid, false, path.join("."));
      }
    }
  });
});
