import fc from "fast-check";
import { edgeOf } from "../../../src/graph/edge-sums.ts";
import { withIncomplete } from "../../../src/graph/observations.ts";
import { EdgeStore } from "../../../src/graph/store/edge-store.ts";
import { END_RULES, type End, EVIDENCE, type Interaction, OUTCOMES } from "../../../src/model/interaction.ts";
import type { GraphNode, Observation, ServiceGraph } from "../../../src/model/service-graph.ts";
import { makeInteraction } from "../../render/support/shop-graph.ts";

const workload = (name: string, kind: string): End => ({
  type: "workload",
  namespace: "shop",
  name,
  kind,
  serviceName: name,
  serviceNamespace: "shop",
  ownSpans: "unsaid",
});

const ENDS: readonly End[] = [
  workload("orders", "Deployment"),
  workload("orders", "StatefulSet"),
  workload("cart", "Deployment"),
  { type: "service", namespace: "shop", name: "gone" },
  { type: "external", name: 'odd "name"\u202e\n__proto__' },
  { type: "external", name: "api.example.com" },
  { type: "node", name: "node-a" },
];

export const REPORTERS = ["node-a", "node-b", "node-c"] as const;

/** Objects as a parser of JSON makes them. */
const PLAIN = { noNullPrototype: true };
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record<T>(model, PLAIN);
const dictionary = <T>(keys: fc.Arbitrary<string>, values: fc.Arbitrary<T>) => fc.dictionary(keys, values, PLAIN);

const anyEnd = fc.constantFrom(...ENDS);
const anyEndpoint = (addresses: readonly string[]) =>
  fc.option(record({ address: fc.constantFrom(...addresses), port: fc.constantFrom(0, 80, 443, 65_535) }));

/** An interaction that one of REPORTERS saw. */
export const anyInteraction: fc.Arbitrary<Interaction> = record({
  client: anyEnd,
  server: anyEnd,
  reporter: fc.constantFrom(...REPORTERS),
  timeMicros: fc.integer({ min: 1_795_000_000_000_000, max: 1_795_000_000_001_000 }),
  durationMicros: fc.oneof(fc.nat(100), fc.nat(1e9)),
  evidence: fc.constantFrom(...EVIDENCE),
  outcome: fc.constantFrom(...OUTCOMES),
  clientRule: fc.constantFrom(null, ...END_RULES),
  serverRule: fc.constantFrom(null, ...END_RULES),
  dialledService: fc.constantFrom(null, "shop/orders"),
  name: fc.constantFrom(null, "orders.shop", "ñandú.example", ""),
  dialled: anyEndpoint(["10.0.0.1", "fd00::1"]),
  serverAddress: anyEndpoint(["203.0.113.1", "203.0.113.2"]),
  clientAddress: anyEndpoint(["198.51.100.1"]),
}).map(makeInteraction);

/** The agent of a node that began at second `start`, as of packet time `now`. */
export function observation(node: string, start: number, now = 1_000): Observation {
  const second = (seconds: number): number => (1_795_000_000 + seconds) * 1e6;
  return {
    instance: `${node}-${start}`,
    node,
    fromMicros: second(start),
    toMicros: second(now),
    lossRatio: now % 3 === 0 ? null : (now % 7) / 7,
  };
}

/** The graph of these interactions, with an observation of each of REPORTERS. */
export function graphOf(interactions: readonly Interaction[], start = 0, now?: number): ServiceGraph {
  const store = new EdgeStore();
  for (const interaction of interactions) store.add(interaction);
  const reporters = new Set(interactions.map(({ reporter }) => reporter ?? ""));
  return store.graph({ observed: [...reporters].map((node) => observation(node, start, now)) });
}

const anyLabels = dictionary(fc.constantFrom("app", "__proto__", "7", "a/b"), fc.constantFrom("", "x", "10"));
const anyMicros = fc.integer({ min: 1, max: 4 }).map((seconds) => 1_795_000_000_000_001 + seconds * 1e6);
const anyPods = record({ total: fc.nat(3), ready: fc.nat(3) });

const anyDescription = record({
  atMicros: anyMicros,
  scope: fc.constantFrom(null, "node-a", "node-b"),
  owners: fc.constantFrom([], [{ kind: "Deployment", name: "orders" }]),
  selector: fc.option(anyLabels),
  differingLabels: fc.uniqueArray(fc.string(), { maxLength: 3 }),
  selectorFrom: fc.constantFrom("owner", "pods", null),
  labels: anyLabels,
  ports: fc.constantFrom([], [{ name: null, port: 80 }]),
  pods: record({
    total: fc.nat(3),
    ready: fc.nat(3),
    byNode: dictionary(fc.constantFrom("node-a", "2", "10"), anyPods),
  }),
  ownSpans: fc.constantFrom("sent", "not_sent", "unsaid"),
  hostNetwork: fc.boolean(),
  schedule: fc.constantFrom(null, "@daily"),
  namedBy: fc.constantFrom([], ["owner"] as const),
  language: fc.constantFrom(null, "go"),
});

const anyService = record({
  atMicros: anyMicros,
  selector: fc.option(anyLabels),
  clusterIPs: fc.constantFrom(["None"], ["10.0.0.1", "fd00::1"]),
  type: fc.constant("ClusterIP"),
  externalTrafficPolicy: fc.constantFrom(null, "Local"),
  sourceRanges: fc.constantFrom([], ["192.0.2.0/24"]),
  ports: fc.constantFrom([], [{ name: "http", port: 80, targetPort: "web", nodePort: null }]),
});

const anyResolver = record({
  address: fc.constantFrom("10.96.0.10", "169.254.20.10"),
  port: fc.constantFrom(53, 5353),
  transport: fc.constantFrom("udp", "tcp"),
  end: fc.constantFrom(null, "workload/kube-system/coredns", "external//dns"),
});

const anyCounts = dictionary(fc.constantFrom("node-a-0", "node-b-0", "1"), fc.nat(4));

/** What Kubernetes says about the nodes of the graph, at most once for each; a node without edges. */
const anyNode: fc.Arbitrary<GraphNode> = fc.record(
  {
    id: fc.constant("workload/shop/orders"),
    type: fc.constant("workload"),
    namespace: fc.constant("shop"),
    name: fc.constant("orders"),
    kind: fc.constantFrom("Deployment", "Rollout"),
    workload: fc
      .uniqueArray(anyDescription, { selector: ({ scope }) => scope, minLength: 1 })
      .map((list) => list.sort((a, b) => ((a.scope ?? "") < (b.scope ?? "") ? -1 : 1))),
    service: anyService,
    seenFromBirth: anyCounts.map((counts) =>
      Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1))),
    ),
    resolvers: fc
      .uniqueArray(anyResolver, { selector: ({ address, port, transport }) => `${address} ${port} ${transport}` })
      .map((list) =>
        list.sort(
          (a, b) =>
            (a.address < b.address ? -1 : a.address > b.address ? 1 : 0) ||
            a.port - b.port ||
            (a.transport < b.transport ? -1 : 1),
        ),
      ),
  },
  { ...PLAIN, requiredKeys: ["id", "type", "namespace", "name", "kind"] },
);

/** A graph of interactions, with descriptions of some nodes. */
export const anyGraph: fc.Arbitrary<ServiceGraph> = record({
  interactions: fc.array(anyInteraction, { maxLength: 40 }),
  start: fc.nat(1),
  now: fc.integer({ min: 1_000, max: 1_010 }),
  node: fc.option(anyNode),
  cluster: fc.constantFrom(null, "east"),
  own: fc.subarray(["a packet was lost", "b is “missing”\u2028", "c"]),
  ofObservations: fc.subarray(["a packet was lost", "c", "d"]),
  selected: fc.subarray(["-n shop", "--failed"]),
}).map(({ interactions, start, now, node, cluster, own, ofObservations, selected }) => {
  // Metrics count failures of an unknown kind.
  const graph = withFailed(graphOf(interactions, start, now), now % 2 === 0 ? now - 1_000 : 0);
  const others = graph.nodes.filter(({ id }) => id !== node?.id);
  const nodes = node === null ? graph.nodes : [...others, node].sort((a, b) => (a.id < b.id ? -1 : 1));
  const observed = graph.observed.map((each) => ({
    ...each,
    ...(ofObservations.length === 0 ? {} : { incomplete: ofObservations }),
    ...(selected.length === 0 ? {} : { selected: [...selected].sort() }),
  }));
  return { ...graph, cluster, nodes, ...withIncomplete(own, observed) };
});

function withFailed(graph: ServiceGraph, failed: number): ServiceGraph {
  const edges = graph.edges.map(({ client, server, parts }) =>
    edgeOf(
      client,
      server,
      parts.map((part) => ({
        ...part,
        outcomes: failed > 0 ? { ...part.outcomes, failed } : part.outcomes,
        flowsOmitted: part.flowsOmitted + failed,
      })),
    ),
  );
  return { ...graph, edges };
}
