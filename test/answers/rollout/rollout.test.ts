import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { rollout } from "../../../src/answers/rollout/rollout.ts";
import { call, graphOf, onlineBoutique, workload } from "../support/graphs.ts";

describe("roll-out of tracing", () => {
  it("ranks Online Boutique as reasoned by hand", () => {
    // Edges with spans of all ends after each pick. frontend is an end of 8 edges and completes none; checkout completes
    // frontend → checkout; cart completes the edges of these two to it, and its own to Redis, which needs no spans.
    const { picks, edges } = rollout(onlineBoutique());
    assert.equal(edges, 16);
    assert.deepEqual(
      picks.slice(0, 6).map(({ node, totalCompleted }) => [node.name, totalCompleted]),
      [
        ["frontend", 0],
        ["checkout", 1],
        ["cart", 4],
        ["productcatalog", 6],
        ["currency", 8],
        ["recommendation", 10],
      ],
    );
    assert.equal(picks.at(-1)?.totalCompleted, 16);
  });

  it("never picks a store or a proxy", () => {
    const { picks, infrastructure } = rollout(
      graphOf([
        call("cart", "redis-cart"),
        call("cart", "warehouse", { serverAddress: { address: "10.42.1.15", port: 5432 } }),
        call("frontend-proxy", "cart"),
      ]),
    );
    assert.deepEqual(
      picks.map(({ node }) => node.name),
      ["cart"],
    );
    assert.deepEqual(
      infrastructure.map(({ node, what }) => `${node.name}: ${what}`),
      [
        "frontend-proxy: proxy (by its name)",
        "redis-cart: store (by its name)",
        "warehouse: store (port 5432, PostgreSQL)",
      ],
    );
  });

  it("counts a workload that connects to an OTLP port as instrumented", () => {
    const otlp = { dialled: { address: "10.96.0.9", port: 4317 }, serverAddress: { address: "10.42.0.9", port: 4317 } };
    const { instrumented, edgesDone, edges, picks } = rollout(
      graphOf([call("cart", "collector", otlp), call("cart", "redis"), call("frontend", "cart")]),
    );
    assert.deepEqual(
      instrumented.map(({ node, sign }) => [node.name, sign]),
      [["cart", "connection"]],
    );
    assert.deepEqual([edgesDone, edges], [1, 2]);
    assert.deepEqual(
      picks.map(({ node }) => node.name),
      ["frontend"],
    );
  });

  it("takes a refused connection to an OTLP port for neither a Collector nor spans", () => {
    const refused = { dialled: { address: "10.42.0.9", port: 4318 }, serverAddress: null, outcome: "refused" } as const;
    const { instrumented, infrastructure, picks } = rollout(
      graphOf([call("cart", "payments", refused), call("frontend", "payments")]),
    );
    assert.deepEqual([instrumented, infrastructure], [[], []]);
    assert.deepEqual(picks.map(({ node }) => node.name).toSorted(), ["frontend", "payments"]);
  });

  it("of a namespace: ranks its workloads by what they add to the whole graph", () => {
    const store = workload("ledger", "bank");
    const graph = graphOf([
      call("frontend", "cart"),
      call("cart", store),
      call("frontend", "cart"),
      call(store, workload("audit", "bank")),
    ]);
    const { picks, edges, connections, edgesDone } = rollout(graph, new Set(["bank"]));
    assert.deepEqual([edges, connections, edgesDone], [3, 4, 0]);
    // ledger is an end of two edges with two ends each; audit then completes the edge between them.
    assert.deepEqual(
      picks.map(({ node, totalCompleted, connectionsShare }) => [node.name, totalCompleted, connectionsShare]),
      [
        ["ledger", 0, 0.5],
        ["audit", 1, 0.25],
      ],
    );
    assert.deepEqual(
      rollout(graph, new Set(["shop"])).picks.map(({ node }) => node.name),
      ["cart", "frontend"],
    );
  });

  it("never picks a Collector, nor takes an agent of the node that forwards telemetry for instrumented", () => {
    const otlp = { dialled: { address: "10.96.0.9", port: 80 }, serverAddress: { address: "10.42.0.9", port: 4317 } };
    const { picks, infrastructure, instrumented } = rollout(
      graphOf([
        call("cart", "gateway", otlp),
        call(workload("log-agent", "shop", "DaemonSet"), "gateway", otlp),
        call("prometheus", "gateway"),
        call("log-agent", "cart"),
      ]),
    );
    assert.deepEqual(
      infrastructure.map(({ node, what }) => `${node.name}: ${what}`),
      ["gateway: Collector (receives OTLP)"],
    );
    assert.deepEqual(
      instrumented.map(({ node }) => node.name),
      ["cart"],
    );
    assert.ok(picks.every(({ node }) => node.name !== "gateway"));
  });

  it("breaks ties by connections, then by name", () => {
    const { picks } = rollout(
      graphOf([
        call("b", { type: "external", name: "x" }),
        call("a", { type: "external", name: "x" }),
        call("c", { type: "external", name: "x" }),
        call("c", { type: "external", name: "x" }),
      ]),
    );
    assert.deepEqual(
      picks.map(({ node }) => node.name),
      ["c", "a", "b"],
    );
  });

  it("never loses completed edges, and completes all of them in the end", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(9), fc.nat(9)), { minLength: 1, maxLength: 30 }), (pairs) => {
        const { picks, edges, edgesDone } = rollout(graphOf(pairs.map(([a, b]) => call(`w${a}`, `w${b}`))));
        const totals = [edgesDone, ...picks.map(({ totalCompleted }) => totalCompleted)];
        assert.deepEqual(
          totals,
          [...totals].sort((a, b) => a - b),
        );
        assert.equal(totals.at(-1), edges);
      }),
    );
  });
});
