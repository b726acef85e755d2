import assert from "node:assert/strict";
import { test } from "node:test";
import { nodesNamed, unknownNodeHint } from "../../src/graph/named-nodes.ts";
import type { GraphNode, ServiceGraph } from "../../src/model/service-graph.ts";

function node(type: GraphNode["type"], namespace: string | null, name: string): GraphNode {
  return { id: `${type}/${namespace ?? ""}/${name}`, type, namespace, name, kind: null };
}

const nodes = [
  node("external", null, "api.example.com"),
  node("service", "shop", "cart"),
  node("workload", "data", "orders-db"),
  node("workload", "shop", "cart"),
  node("workload", "shop", "checkout"),
];
const graph: ServiceGraph = { cluster: null, incomplete: [], observed: [], nodes, edges: [] };

for (const [written, found] of [
  ["checkout", ["workload/shop/checkout"]],
  ["shop/cart", ["service/shop/cart", "workload/shop/cart"]],
  ["workload/shop/cart", ["workload/shop/cart"]],
  ["cart", ["service/shop/cart", "workload/shop/cart"]],
  ["api.example.com", ["external//api.example.com"]],
  ["external/api.example.com", ["external//api.example.com"]],
  ["external//api.example.com", ["external//api.example.com"]],
  ["data/cart", []],
  ["", []],
] as const) {
  test(`${JSON.stringify(written)} names ${found.join(", ") || "nothing"}`, () => {
    assert.deepEqual(
      nodesNamed(graph, written).map(({ id }) => id),
      found,
    );
  });
}

for (const [written, similar] of [
  ["chekout", ["shop/checkout"]],
  ["shop/ordersdb", ["data/orders-db"]],
  ["data/cart", ["shop/cart"]],
  ["orders", ["data/orders-db"]],
  ["example.com", ["api.example.com"]],
  ["nothing-like-it", []],
  [`${"x".repeat(100_000)}`, []],
] as const) {
  test(`${written.slice(0, 20)} is similar to ${similar.join(", ") || "nothing"}`, () => {
    const hint = similar.length > 0 ? `did you mean ${similar.join(", ")}?` : "wirespan edges lists the nodes";
    assert.equal(unknownNodeHint(graph, written), hint);
  });
}
