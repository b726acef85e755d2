import assert from "node:assert/strict";
import { test } from "node:test";
import { EdgeStore } from "../../src/graph/edge-store.ts";
import type { Outcome } from "../../src/model/interaction.ts";
import type { ServiceGraph } from "../../src/model/service-graph.ts";
import { edgeLabelLines } from "../../src/render/edge-figures.ts";
import { GRAPH_FORMATS, renderGraph } from "../../src/render/render.ts";
import { makeInteraction } from "./shop-graph.ts";

function graphOf(outcomes: readonly Outcome[]): ServiceGraph {
  const store = new EdgeStore();
  for (const outcome of outcomes) {
    const client = { type: "external", name: "client.example" } as const;
    const server = { type: "external", name: "server.example" } as const;
    const evidence = outcome === "host_not_found" || outcome === "resolved" ? "lookup" : "handshake";
    store.add(makeInteraction({ client, server, outcome, evidence }));
  }
  return store.graph();
}

const CASES: readonly { readonly outcomes: readonly Outcome[]; readonly label: readonly string[] }[] = [
  { outcomes: ["established", "established"], label: ["2"] },
  { outcomes: ["resolved"], label: ["1 lookup"] },
  { outcomes: ["established", "refused", "refused"], label: ["3", "2 refused"] },
  { outcomes: ["timed_out"], label: ["1 timed out"] },
  { outcomes: ["refused", "timed_out"], label: ["2 failed"] },
  { outcomes: ["established", "refused", "timed_out", "host_not_found"], label: ["3", "3 failed"] },
];

for (const { outcomes, label } of CASES) {
  test(`an edge with ${outcomes.join(", ")} is labelled ${label.join(" / ")}`, () => {
    const [edge] = graphOf(outcomes).edges;
    assert.deepEqual(edge && edgeLabelLines(edge), label);
  });
}

test("no picture counts a time-out as refused", async () => {
  for (const format of GRAPH_FORMATS) {
    const text = await renderGraph(graphOf(["refused", "timed_out"]), format);
    assert.doesNotMatch(text, /2 (refused|timed out)/, format);
    if (format === "svg" || format === "html") assert.match(text, /2 failed/, format);
  }
});
