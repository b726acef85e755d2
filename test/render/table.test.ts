import assert from "node:assert/strict";
import { test } from "node:test";
import { EdgeStore } from "../../src/graph/store/edge-store.ts";
import { renderGraph } from "../../src/render/render.ts";
import { cpuMicros } from "../support/cpu-time.ts";
import { makeInteraction } from "./support/shop-graph.ts";

function graphOf(names: readonly string[]) {
  const store = new EdgeStore();
  const server = { type: "external" as const, name: "server.example" };
  for (const name of names) store.add(makeInteraction({ client: { type: "external", name }, server }));
  return store.graph();
}

async function microsOfTable(edges: number): Promise<number> {
  const graph = graphOf(Array.from({ length: edges }, (_, i) => `client-${i}.example`));
  const from = cpuMicros();
  await renderGraph(graph, "table");
  return cpuMicros() - from;
}

test("the time of a table is linear in its edges", async () => {
  await microsOfTable(2_000);
  const few = await microsOfTable(2_000);
  const many = await microsOfTable(32_000);
  assert.ok(many < 64 * Math.max(few, 5_000), `${many} µs after ${few} µs`);
});

test("columns are aligned with wide and zero-width characters", async () => {
  const lines = (await renderGraph(graphOf(["注文", "e\u0301t\u00e9", "plain.example"]), "table")).split("\n");
  const columnOf = (line: string): number =>
    line
      .replaceAll(/[注文]/g, "xx")
      .replaceAll("\u0301", "")
      .indexOf("server");
  assert.deepEqual(lines.slice(0, 4).map(columnOf), Array(4).fill(columnOf(lines[0] ?? "")));
});
