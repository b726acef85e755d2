// The page on the graph file beside what the demo writes.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { graphFile } from "../../../src/graph/file/graph-file.ts";
import { readGraphFile } from "../../../src/graph/file/read-graph-file.ts";
import { END_RULES } from "../../../src/model/interaction.ts";
import { blocks, codes, codesInColumn, fieldsIn, section, sorted } from "./support/pages.ts";
import { demo } from "./support/program.ts";

interface Graph {
  readonly version: number;
  readonly observed: readonly { readonly instance: string }[];
  readonly nodes: readonly { readonly id: string }[];
  readonly edges: readonly { readonly client: string; readonly server: string; readonly flows: readonly object[] }[];
}

const TEXT = section("docs/reference/formats.md", "## Graph (json)");
const EXAMPLE = blocks(TEXT, "json")[0] ?? "";

describe("the page on the graph file", async () => {
  const written = JSON.parse(await demo("--format", "json")) as Graph;

  test("shows a part of what the demo writes now", () => {
    const shown = JSON.parse(EXAMPLE) as Graph;
    assert.equal(shown.version, written.version);
    const isWritten = (item: object, items: readonly object[]): boolean =>
      items.some((each) => JSON.stringify(each) === JSON.stringify(item));
    for (const list of ["observed", "nodes", "edges"] as const) {
      assert.ok(shown[list].length > 0);
      for (const item of shown[list]) assert.ok(isWritten(item, written[list]), JSON.stringify(item));
    }
  });

  test("shows a graph file that wirespan reads", async () => {
    assert.equal(graphFile(await readGraphFile([Buffer.from(EXAMPLE)], "example")), EXAMPLE);
  });

  test("lists every field in its place", () => {
    checkFields("the file", [written], ["wirespan", "version"]);
    checkFields("an observation", written.observed);
    checkFields("a node", written.nodes);
    checkFields("an edge", written.edges);
    checkFields(
      "a flow",
      written.edges.flatMap(({ flows }) => flows),
    );
  });

  test("lists every rule", () => {
    assert.deepEqual(sorted(codesInColumn(TEXT.slice(TEXT.indexOf("| rule |")), 0)), sorted(END_RULES));
  });
});

/** The fields of the objects are those of the table, in its order; fields that are there "only …" may be absent. */
function checkFields(what: string, objects: readonly object[], known: readonly string[] = []): void {
  const heading = `| field of ${what} |`;
  const [table = ""] = TEXT.slice(TEXT.indexOf(heading)).split("\n\n");
  const optional = table.split("\n").filter((row) => row.includes("| only "));
  const isOptional = new Set(optional.flatMap((row) => codes(row.split("|")[1] ?? "")));
  const fields = [...known, ...fieldsIn(TEXT, heading)];
  assert.ok(objects.length > 0);
  for (const object of objects) {
    assert.deepEqual(
      Object.keys(object),
      fields.filter((field) => field in object || !isOptional.has(field)),
    );
  }
}
