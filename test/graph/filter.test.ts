import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { filterGraph, type GraphFilter } from "../../src/graph/filter.ts";
import { EVIDENCE, isFailure, OUTCOMES } from "../../src/model/interaction.ts";
import type { GraphEdge, GraphNode, ServiceGraph } from "../../src/model/service-graph.ts";
import { EVERYTHING } from "./support/everything.ts";

const TYPES = ["workload", "service", "node", "external", "unresolved"] as const;
const NAMESPACES = ["shop", "data", "kube-system"];

const nodes: fc.Arbitrary<GraphNode[]> = fc.uniqueArray(
  fc
    .tuple(fc.constantFrom(...TYPES), fc.constantFrom(...NAMESPACES), fc.constantFrom("a", "b", "c"))
    .map(([type, scope, name]) => {
      const namespace = type === "workload" || type === "service" ? scope : null;
      return { id: `${type}/${namespace ?? ""}/${name}`, type, namespace, name, kind: null };
    }),
  { selector: ({ id }) => id, minLength: 1, maxLength: 12 },
);

/** Some nodes use others as resolvers; some edges dial Services. */
const graphs: fc.Arbitrary<ServiceGraph> = nodes.chain((all) => {
  const id = fc.constantFrom(...all.map((node) => node.id));
  const service = fc.option(fc.constantFrom("shop/a", "data/b"));
  return fc.record({
    cluster: fc.constant(null),
    incomplete: fc.constant(["something is missing"]),
    observed: fc.constant([{ instance: "i", node: null, fromMicros: 0, toMicros: 100, lossRatio: null }]),
    nodes: fc.tuple(...all.map((node) => fc.option(id).map((end) => withResolver(node, end)))),
    edges: fc.uniqueArray(
      fc
        .tuple(id, id, fc.nat(100), service, fc.subarray([...OUTCOMES], { minLength: 1 }), fc.subarray([...EVIDENCE]))
        .map(([client, server, lastSeenMicros, dialled, outcomes, evidence]) => ({
          client,
          server,
          outcomes: Object.fromEntries(OUTCOMES.map((each) => [each, outcomes.includes(each) ? 1 : 0])),
          lastSeenMicros,
          evidence,
          flows: [{ service: dialled }],
        })),
      { selector: ({ client, server }) => `${client} ${server}`, maxLength: 20 },
    ) as unknown as fc.Arbitrary<GraphEdge[]>,
  });
});

function withResolver(node: GraphNode, end: string | null): GraphNode {
  return end === null ? node : { ...node, resolvers: [{ address: "10.0.0.2", port: 53, transport: "udp", end }] };
}

const ids = fc.option(fc.subarray(["workload/shop/a", "service/data/b", "external//a", "node//c"]));
const filters: fc.Arbitrary<GraphFilter> = fc.record({
  namespaces: fc.subarray(NAMESPACES).map((each) => new Set(each)),
  from: ids.map((each) => each && new Set(each)),
  to: ids.map((each) => each && new Set(each)),
  failed: fc.boolean(),
  external: fc.boolean(),
  sinceMicros: fc.option(fc.nat(100)),
  evidence: fc.subarray([...EVIDENCE]).map((each) => new Set(each)),
});

test("a filtered graph is a part of the graph: its nodes and edges are those of it, unchanged, in order", () => {
  fc.assert(
    fc.property(graphs, filters, (graph, filter) => {
      const { nodes, edges, observed, ...others } = filterGraph(graph, filter);
      const rest = { ...others, observed: observed.map(({ selected: _, ...each }) => each) };
      assert.deepEqual(
        edges,
        graph.edges.filter((edge) => edges.includes(edge)),
      );
      assert.deepEqual(
        nodes,
        graph.nodes.filter((node) => nodes.includes(node)),
      );
      const { nodes: _, edges: __, ...restOfGraph } = graph;
      assert.deepEqual(rest, restOfGraph);
      const kept = new Set(nodes.map(({ id }) => id));
      for (const { client, server } of edges) assert.ok(kept.has(client) && kept.has(server));
      for (const { resolvers = [] } of nodes) for (const { end } of resolvers) assert.ok(end === null || kept.has(end));
    }),
  );
});

test("a filter without conditions shows the whole graph", () => {
  fc.assert(fc.property(graphs, (graph) => assert.deepEqual(filterGraph(graph, EVERYTHING), { ...graph })));
});

test("filtering twice is filtering once", () => {
  fc.assert(
    fc.property(graphs, filters, (graph, filter) => {
      const once = filterGraph(graph, filter);
      assert.deepEqual(filterGraph(once, filter), once);
    }),
  );
});

test("two filters show the same edges in either order: those that meet both", () => {
  fc.assert(
    fc.property(graphs, filters, filters, (graph, one, other) => {
      const edges = filterGraph(filterGraph(graph, one), other).edges;
      assert.deepEqual(filterGraph(filterGraph(graph, other), one).edges, edges);
      const [first, second] = [filterGraph(graph, one).edges, filterGraph(graph, other).edges];
      assert.deepEqual(
        edges,
        first.filter((edge) => second.includes(edge)),
      );
    }),
  );
});

/** What each condition says of an edge, in other words than the program's. */
const CONDITIONS: readonly (readonly [string, fc.Arbitrary<Partial<GraphFilter>>, Meets])[] = [
  [
    "either end is in a namespace",
    fc.constant({ namespaces: new Set(["shop", "data"]) }),
    (edge) => /\/(shop|data)\//.test(`${edge.client} ${edge.server}`),
  ],
  ["the client", fc.constant({ from: new Set(["workload/shop/a"]) }), ({ client }) => client === "workload/shop/a"],
  [
    "the server, or a Service on the way",
    fc.constant({ to: new Set(["service/data/b"]) }),
    ({ server, flows: [flow] }) => server === "service/data/b" || flow?.service === "data/b",
  ],
  [
    "failures",
    fc.constant({ failed: true }),
    ({ outcomes }) => Object.entries(outcomes).some(([name, count]) => count > 0 && isFailure(name as never)),
  ],
  [
    "an external end",
    fc.constant({ external: true }),
    ({ client, server }) => client.startsWith("external/") || server.startsWith("external/"),
  ],
  [
    "last seen since",
    fc.nat(100).map((sinceMicros) => ({ sinceMicros })),
    ({ lastSeenMicros }, { sinceMicros }) => lastSeenMicros >= Number(sinceMicros),
  ],
  ["evidence", fc.constant({ evidence: new Set(["lookup"] as const) }), ({ evidence }) => evidence.includes("lookup")],
];
type Meets = (edge: GraphEdge, filter: Partial<GraphFilter>) => boolean;
for (const [name, conditions, meets] of CONDITIONS) {
  test(`an edge stays exactly if it meets the condition: ${name}`, () => {
    fc.assert(
      fc.property(graphs, conditions, (graph, condition) => {
        assert.deepEqual(
          filterGraph(graph, { ...EVERYTHING, ...condition }).edges,
          graph.edges.filter((edge) => meets(edge, condition)),
        );
      }),
    );
  });
}

test("a workload without traffic stays in its namespace, and only where no condition is about traffic", () => {
  const idle: GraphNode = { id: "workload/shop/idle", type: "workload", namespace: "shop", name: "idle", kind: null };
  const graph: ServiceGraph = { cluster: null, incomplete: [], observed: [], nodes: [idle], edges: [] };
  assert.deepEqual(filterGraph(graph, { ...EVERYTHING, namespaces: new Set(["shop"]) }).nodes, [idle]);
  assert.deepEqual(filterGraph(graph, { ...EVERYTHING, namespaces: new Set(["data"]) }).nodes, []);
  assert.deepEqual(filterGraph(graph, { ...EVERYTHING, failed: true }).nodes, []);
});
