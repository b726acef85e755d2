import assert from "node:assert/strict";
import { test } from "node:test";
import { instance, type Viz } from "@viz-js/viz";
import { layoutWithDot, loadGraphviz } from "../../../src/render/drawing/graphviz-layout.ts";
import { byNamespace } from "../../../src/render/labels/namespace-groups.ts";
import { shopGraph } from "../support/shop-graph.ts";

/** A graph for which Graphviz prints `triangulation failed`, and which it draws well. */
function layOut(viz: Viz) {
  const { nodes, edges } = shopGraph(100, 2);
  return layoutWithDot(
    viz,
    {
      nodes: nodes.map(({ id }) => ({ id, width: 90, height: 42 })),
      edges: edges.map(({ client, server }) => ({ from: client, to: server, label: { width: 30, height: 15 } })),
      groups: byNamespace(nodes).namespaces.map(({ namespace, nodes: members }) => ({
        name: namespace,
        members: members.map(({ id }) => id),
      })),
    },
    { nodeGap: 23, rankGap: 50, routesEdges: true },
  );
}

test("Graphviz is loaded once, and its messages are not printed", async (t) => {
  const printed: unknown[][] = [];
  const original = console.error;
  t.after(() => {
    console.error = original;
  });
  const own = (...words: unknown[]): void => {
    printed.push(words);
  };
  console.error = own;

  const loading = loadGraphviz();
  assert.equal(console.error, own, "console.error is restored immediately");
  assert.equal(loadGraphviz(), loading);
  const quiet = await loading;
  assert.notEqual(layOut(quiet), null);
  assert.equal(quiet.render("digraph {", { format: "json0" }).status, "failure", "errors are still returned");
  assert.deepEqual(printed, []);

  assert.deepEqual(layOut(await instance()), layOut(quiet));
  assert.ok(printed.length > 0, "Graphviz prints a message for this graph");
});
