import assert from "node:assert/strict";
import { test } from "node:test";
import { EdgeStore } from "../../../src/graph/store/edge-store.ts";
import type { Outcome } from "../../../src/model/interaction.ts";
import type { ServiceGraph } from "../../../src/model/service-graph.ts";
import { GRAPH_FORMATS } from "../../../src/render/graph-formats.ts";
import { edgeLabelLines } from "../../../src/render/labels/edge-figures.ts";
import { renderGraph } from "../../../src/render/render.ts";
import { makeInteraction } from "../support/shop-graph.ts";

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
  test(`an edge with ${outcomes.join(", ")} is labeled ${label.join(" / ")}`, () => {
    const [edge] = graphOf(outcomes).edges;
    assert.deepEqual(edge && edgeLabelLines(edge), label);
  });
}

test("failures of an unknown kind are attempts that failed", () => {
  const [edge] = graphOf(["established"]).edges;
  assert.ok(edge !== undefined);
  assert.deepEqual(edgeLabelLines({ ...edge, outcomes: { ...edge.outcomes, failed: 3 } }), ["4", "3 failed"]);
});

test("no picture counts a timeout as refused", async () => {
  for (const format of GRAPH_FORMATS) {
    const text = await renderGraph(graphOf(["refused", "timed_out"]), format);
    assert.doesNotMatch(text, /2 (refused|timed out)/, format);
    if (format === "svg" || format === "html") assert.match(text, /2 failed/, format);
  }
});

test("an edge with several ports names the failed ports in every format, or counts them if there are many", async () => {
  const [client, server] = [
    { type: "external", name: "client.example" } as const,
    { type: "external", name: "server.example" } as const,
  ];
  const store = new EdgeStore();
  for (const [port, outcome] of [
    [80, "established"],
    [8081, "refused"],
  ] as const) {
    store.add(makeInteraction({ client, server, outcome, dialled: { address: "10.0.0.1", port } }));
  }
  for (const format of GRAPH_FORMATS) {
    const text = await renderGraph(store.graph(), format);
    assert.match(
      text,
      format === "json" ? /"failedPorts":\[\{"port":8081,"outcome":"refused","count":1\}\]/ : /refused on 8081/,
      format,
    );
  }
  for (let port = 8082; port < 8085; port++) {
    store.add(makeInteraction({ client, server, outcome: "refused", dialled: { address: "10.0.0.1", port } }));
  }
  store.add(makeInteraction({ client, server, outcome: "timed_out", dialled: { address: "10.0.0.1", port: 9 } }));
  assert.match(await renderGraph(store.graph(), "table"), /4 refused on 4 ports, 1 timed out on 9 /);
});

test("a missing Service is marked in every format, and an existing one is not", async () => {
  const client = { type: "external", name: "client.example" } as const;
  const lookup = { evidence: "lookup", outcome: "host_not_found", dialled: null, serverAddress: null } as const;
  const store = new EdgeStore();
  store.add(makeInteraction({ client, server: { type: "service", namespace: "shop", name: "gone" }, ...lookup }));
  store.add(
    makeInteraction({ client, server: { type: "service", namespace: "shop", name: "idle" }, outcome: "refused" }),
  );
  for (const format of GRAPH_FORMATS) {
    const text = await renderGraph(store.graph(), format);
    assert.match(text, format === "json" ? /"name":"gone","kind":null,"isMissing":true\}/ : /no such service/, format);
    assert.equal(text.split(/isMissing|gone \(no such service\)/).length >= 2, true, format);
  }
  const table = await renderGraph(store.graph(), "table");
  assert.match(table, /shop\/gone \(no such service\)/);
  assert.match(table, /shop\/idle \(service\)/);
});
