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

const running: ServiceGraph = {
  ...graph,
  nodes: [
    ...nodes.filter(({ type }) => type === "service"),
    { ...node("workload", "data", "orders-db"), kind: "StatefulSet" },
    { ...node("workload", "shop", "cart"), kind: "Deployment" },
    { ...node("workload", "svc", "cart"), kind: "CronJob" },
    node("workload", "shop", "of-metrics"),
  ],
};

for (const [written, found] of [
  ["svc/shop/cart", ["service/shop/cart"]],
  ["Services/shop/cart", ["service/shop/cart"]],
  // A namespace comes first.
  ["svc/cart", ["workload/svc/cart"]],
  ["service/cart", ["service/shop/cart"]],
  ["deploy/cart", ["workload/shop/cart"]],
  ["deployments/shop/cart", ["workload/shop/cart"]],
  ["deployment.apps/cart", ["workload/shop/cart"]],
  ["cj/cart", ["workload/svc/cart"]],
  ["sts/orders-db", ["workload/data/orders-db"]],
  ["deploy/orders-db", []],
  ["deploy/of-metrics", ["workload/shop/of-metrics"]],
  ["svc/of-metrics", []],
  ["workload/cart", ["workload/shop/cart", "workload/svc/cart"]],
  ["configmap/cart", []],
] as const) {
  test(`as kubectl, ${written} names ${found.join(", ") || "nothing"}`, () => {
    assert.deepEqual(
      nodesNamed(running, written).map(({ id }) => id),
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
