import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { EdgeStore } from "../../../src/graph/store/edge-store.ts";
import { type End, type Interaction, KnownFlow, type Outcome, type Workload } from "../../../src/model/interaction.ts";
import type { GraphEdge } from "../../../src/model/service-graph.ts";
import { makeInteraction } from "../../render/support/shop-graph.ts";
import { anyInteraction } from "../support/any-graph.ts";

function workload(namespace: string, name: string, kind = "Deployment", serviceName = name): Workload {
  return { type: "workload", namespace, name, kind, serviceName, serviceNamespace: namespace, ownSpans: "unsaid" };
}

const orders = workload("shop", "orders");
const profile = workload("media", "profile");

function graphOf(interactions: readonly Interaction[], options = {}) {
  const store = new EdgeStore(options);
  for (const interaction of interactions) store.add(interaction);
  return store.graph();
}

/** All of an interaction that connections of one flow have in common. */
function flowKey({ timeMicros, outcome, errorType, durationMicros, retries, nameAgeMicros, ...common }: Interaction) {
  return JSON.stringify(common);
}

describe("edge store", () => {
  it("sums the same where the flows of interactions are known, in two stores, whatever edges are dropped", () => {
    const drops = { maxEdges: 3, maxDetails: 6 };
    const kinds = fc.array(anyInteraction, { minLength: 1, maxLength: 12 });
    const steps = fc.array(fc.tuple(fc.nat(), anyInteraction), { maxLength: 60, size: "max" });
    fc.assert(
      fc.property(kinds, steps, fc.array(fc.boolean()), (ofKind, each, inOther) => {
        const all = each.map(([kind, { timeMicros, outcome, durationMicros }]) => {
          const like = ofKind[kind % ofKind.length] as Interaction;
          return { ...like, timeMicros, durationMicros, outcome: kind % 3 === 0 ? outcome : "established" } as const;
        });
        const [plain, known, other, plainOther] = [drops, drops, {}, {}].map((each) => new EdgeStore(each));
        assert.ok(plain && known && other && plainOther);
        const flows = new Map<string, KnownFlow>();
        for (const [i, one] of all.entries()) {
          const flow = flows.get(flowKey(one)) ?? new KnownFlow();
          flows.set(flowKey(one), flow);
          plain.add(one);
          known.add({ ...one, flow });
          if (inOther[i] !== true) continue;
          plainOther.add(one);
          other.add({ ...one, flow });
        }
        assert.deepEqual(known.graph(), plain.graph());
        assert.deepEqual(known.drops, plain.drops);
        assert.deepEqual(other.graph(), plainOther.graph());
      }),
      { numRuns: 300 },
    );
  });

  it("counts an address again that was dropped, where the flows of interactions are known", () => {
    const [plain, known] = [new EdgeStore({ maxDetails: 2 }), new EdgeStore({ maxDetails: 2 })];
    const outside: End = { type: "external", name: "api.example.com" };
    const to = (address: string) =>
      makeInteraction({ client: orders, server: outside, serverAddress: { address, port: 443 } });
    const byName = (name: string) => makeInteraction({ client: profile, server: orders, name, dialled: null });
    const [a, b, c] = [to("203.0.113.1"), to("203.0.113.2"), to("203.0.113.3")];
    const flows = new Map([a, b, c].map((each) => [each, new KnownFlow()]));
    // The second name needs the place of the third address.
    for (const each of [a, b, c, c, byName("x"), byName("y"), c, b, c]) {
      plain.add(each);
      known.add({ ...each, flow: flows.get(each) ?? null });
    }
    assert.deepEqual(known.graph(), plain.graph());
    assert.deepEqual(known.drops, plain.drops);
    assert.ok(known.drops.addresses > 1);
  });

  it("sums interactions between two ends into one edge with all attributes", () => {
    const rules = { clientRule: "pod", serverRule: "endpoint" } as const;
    const flow = { dialledPort: 80, servedPort: 8080, service: "media/profile" };
    const lookup = { dialledPort: null, servedPort: null, service: null, name: null };
    const service = { dialledService: "media/profile" };
    const ends = { client: orders, server: profile };
    const { edges } = graphOf([
      makeInteraction({ ...ends, ...rules, ...service, timeMicros: 20, name: "b.media", durationMicros: 1000 }),
      makeInteraction({ ...ends, ...service, timeMicros: 10, name: "a.media", outcome: "refused" }),
      makeInteraction({
        ...ends,
        clientRule: "pod",
        serverRule: "pod",
        timeMicros: 30,
        evidence: "lookup",
        outcome: "resolved",
        dialled: null,
        serverAddress: null,
      }),
    ]);
    assert.equal(edges.length, 1);
    const sums = {
      flows: [
        { ...lookup, count: 1, failed: 0, firstSeenMicros: 30, lastSeenMicros: 30 },
        { ...flow, name: "a.media", count: 1, failed: 1, firstSeenMicros: 10, lastSeenMicros: 10 },
        { ...flow, name: "b.media", count: 1, failed: 0, firstSeenMicros: 20, lastSeenMicros: 20 },
      ],
      flowsOmitted: 0,
      addresses: [],
      addressesOmitted: 0,
      clientRules: ["pod"],
      serverRules: ["pod", "endpoint"],
      outcomes: {
        established: 1,
        resolved: 1,
        refused: 1,
        timed_out: 0,
        unreachable: 0,
        host_not_found: 0,
        try_again: 0,
      },
      dialledPorts: [80],
      servedPorts: [8080],
      failedPorts: [{ port: 80, outcome: "refused", count: 1 }],
      names: ["a.media", "b.media"],
      firstSeenMicros: 10,
      lastSeenMicros: 30,
      evidence: ["handshake", "lookup"],
      handshake: { p50: 1, p90: 1, p99: 1 },
      bothInstrumented: 0,
    };
    // 1000 µs are 8000 units: bucket 7 * 32 + 8000 / 128.
    const part = { ...sums, instance: "unknown", latency: { buckets: [286, 1], min: 1000, max: 1000 } };
    const ids = { client: "workload/shop/orders", server: "workload/media/profile" };
    assert.deepEqual(edges[0], { ...ids, ...sums, parts: [part] });
  });

  it("places a workload in its Kubernetes namespace, with its service name", () => {
    const client: Workload = {
      ...workload("shop", "orders", "Deployment", "orders-api"),
      serviceNamespace: "checkout",
    };
    const { nodes, edges } = graphOf([makeInteraction({ client, server: profile })]);
    assert.deepEqual(
      nodes.map(({ id, namespace, name }) => [id, namespace, name]),
      [
        ["workload/media/profile", "media", "profile"],
        ["workload/shop/orders-api", "shop", "orders-api"],
      ],
    );
    assert.equal(edges[0]?.client, "workload/shop/orders-api");
  });

  const ends: readonly { title: string; end: End; options: object; id: string }[] = [
    {
      title: "a workload is (namespace, service name), without its owner's name",
      end: workload("shop", "orders-v2", "Rollout", "orders"),
      options: {},
      id: "workload/shop/orders",
    },
    { title: "all cluster nodes are one node", end: { type: "node", name: "worker-1" }, options: {}, id: "node//node" },
    {
      title: "each cluster node is a node with --keep-nodes",
      end: { type: "node", name: "worker-1" },
      options: { keepNodes: true },
      id: "node//worker-1",
    },
    {
      title: "an unresolved address is a node",
      end: { type: "unresolved", address: "10.1.2.3" },
      options: {},
      id: "unresolved//10.1.2.3",
    },
    {
      title: "all unresolved addresses are one node with a cluster",
      end: { type: "unresolved", address: "10.1.2.3" },
      options: { singleUnresolved: true },
      id: "unresolved//unresolved",
    },
    {
      title: "a slash in a namespace is escaped",
      end: { type: "service", namespace: "a/b", name: "c" },
      options: {},
      id: "service/a%2Fb/c",
    },
    { title: "an external end is its name", end: { type: "external", name: "a/b" }, options: {}, id: "external//a/b" },
  ];
  for (const { title, end, options, id } of ends) {
    it(title, () => {
      const graph = graphOf([makeInteraction({ client: orders, server: end })], options);
      assert.equal(graph.edges[0]?.server, id);
    });
  }

  it("finds the same edge for the same end objects and for equal ones", () => {
    const graph = graphOf([
      makeInteraction({ client: orders, server: profile }),
      makeInteraction({ client: { ...orders }, server: { ...profile } }),
    ]);
    assert.equal(graph.edges.length, 1);
    assert.equal(graph.edges[0]?.outcomes.established, 2);
  });

  it("gives the same graph for any order of the same interactions, sorted by id", () => {
    const pool: readonly End[] = [
      orders,
      profile,
      { ...orders, kind: "Rollout" },
      { type: "external", name: "api.example.com" },
      { type: "node", name: "worker-1" },
      { type: "node", name: "worker-2" },
      { type: "unresolved", address: "10.0.0.1" },
    ];
    const one = fc.tuple(fc.constantFrom(...pool), fc.constantFrom(...pool), fc.nat(1e6)).map(([client, server, n]) =>
      makeInteraction({
        client,
        server,
        timeMicros: n,
        name: `n${n % 5}`,
        durationMicros: n,
        dialled: { address: "10.0.0.1", port: n % 7 },
      }),
    );
    fc.assert(
      fc.property(fc.array(one, { maxLength: 60 }), (interactions) => {
        const graph = graphOf(interactions);
        assert.deepEqual(graphOf([...interactions].reverse()), graph);
        const ids = graph.nodes.map(({ id }) => id);
        assert.deepEqual([...ids].sort(), ids);
        assert.equal(new Set(ids).size, ids.length);
        const keys = graph.edges.map(({ client, server }) => [client, server]);
        const less = (a: string[], b: string[]) => (a < b ? -1 : 1);
        assert.deepEqual(
          [...keys].sort((a, b) =>
            a[0] === b[0] ? less([a[1] ?? ""], [b[1] ?? ""]) : less([a[0] ?? ""], [b[0] ?? ""]),
          ),
          keys,
        );
      }),
    );
  });

  it("stays within its bounds, and counts what it drops", () => {
    const store = new EdgeStore({ maxEdges: 3, maxNamesPerEdge: 2, maxPortsPerEdge: 2 });
    for (let i = 0; i < 1000; i++) {
      store.add(makeInteraction({ client: orders, server: { type: "external", name: `host-${i}` } }));
    }
    for (let i = 0; i < 10; i++) {
      store.add(
        makeInteraction({
          client: orders,
          server: { type: "external", name: "host-0" },
          name: `name-${i}`,
          dialled: { address: "10.0.0.1", port: i },
        }),
      );
    }
    const { nodes, edges } = store.graph();
    assert.equal(edges.length, 3);
    assert.equal(nodes.length, 4);
    assert.deepEqual(edges[0]?.names, ["name-0", "name-1"]);
    assert.deepEqual(edges[0]?.dialledPorts, [0, 80]);
    assert.deepEqual(store.drops, { interactions: 997, names: 8, ports: 9, flows: 0, addresses: 0 });
  });

  it("never drops edges of one client for the scan of another, in any order", () => {
    const scanned = (i: number) =>
      makeInteraction({ client: scanner, server: { type: "external", name: `host-${i}` } });
    const others = Array.from({ length: 20 }, (_, i) =>
      makeInteraction({ client: workload("shop", `w${i % 4}`), server: workload("media", `s${i}`) }),
    );
    const scanner = workload("shop", "scanner");
    const scans = Array.from({ length: 1_000 }, (_, i) => scanned(i));
    for (const interactions of [
      [...scans, ...others],
      [...others, ...scans],
      scans.flatMap((scan, i) => [scan, ...others.slice(i, i + 1)]),
    ]) {
      const store = new EdgeStore({ maxEdges: 100 });
      for (const interaction of interactions) store.add(interaction);
      const { nodes, edges } = store.graph();
      assert.equal(edges.length, 100);
      assert.equal(edges.filter(({ client }) => client !== "workload/shop/scanner").length, others.length);
      assert.equal(store.drops.interactions, scans.length - 80);
      // All nodes have edges, and each node occurs once.
      const ends = new Set(edges.flatMap(({ client, server }) => [client, server]));
      assert.deepEqual(
        nodes.map(({ id }) => id),
        [...ends].sort(),
      );
    }
  });

  it("counts the interactions of a dropped edge, and adds it again when there is room", () => {
    const store = new EdgeStore({ maxEdges: 3 });
    const server = (name: string) => ({ type: "external", name }) as const;
    const [first, second, third] = [server("a"), server("b"), server("c")];
    for (const each of [first, second, third, third, third])
      store.add(makeInteraction({ client: orders, server: each }));
    store.add(makeInteraction({ client: profile, server: third }));
    assert.equal(store.drops.interactions, 3);
    assert.deepEqual(
      store.graph().edges.map(({ client, server: id, outcomes }) => [client, id, outcomes.established]),
      [
        ["workload/media/profile", "external//c", 1],
        ["workload/shop/orders", "external//a", 1],
        ["workload/shop/orders", "external//b", 1],
      ],
    );
  });

  it("does not change a graph that it has returned", () => {
    const store = new EdgeStore();
    store.add(makeInteraction({ client: orders, server: profile }));
    const before = store.graph();
    const text = JSON.stringify(before);
    store.add(makeInteraction({ client: orders, server: profile, name: "later" }));
    assert.equal(JSON.stringify(before), text);
  });

  it("adds to an existing edge within a few microseconds", () => {
    const store = new EdgeStore();
    const ends = Array.from({ length: 2000 }, (_, i) => workload("shop", `w${i}`));
    const interactions = ends.map((server) => makeInteraction({ client: orders, server, name: "a" }));
    for (const interaction of interactions) store.add(interaction);
    const started = process.cpuUsage();
    for (let round = 0; round < 200; round++) for (const interaction of interactions) store.add(interaction);
    const { user, system } = process.cpuUsage(started);
    const microsEach = (user + system) / (200 * interactions.length);
    console.log(`  ${microsEach.toFixed(3)} µs an interaction`);
    assert.ok(microsEach < 2, `${microsEach} µs`); // Five times the target: other work may share the cores.
  });
});

describe("an edge with several ports", () => {
  const dialled = (port: number, outcome: Outcome) =>
    makeInteraction({ client: orders, server: profile, outcome, dialled: { address: "10.96.0.43", port } });

  it("lists the failed ones with their counts", () => {
    const { edges } = graphOf([
      dialled(8080, "refused"),
      dialled(8080, "timed_out"),
      dialled(80, "established"),
      dialled(8080, "refused"),
      dialled(443, "refused"),
    ]);
    assert.deepEqual(edges[0]?.failedPorts, [
      { port: 443, outcome: "refused", count: 1 },
      { port: 8080, outcome: "refused", count: 2 },
      { port: 8080, outcome: "timed_out", count: 1 },
    ]);
  });

  it("lists nothing if none failed", () => {
    assert.deepEqual(graphOf([dialled(80, "established"), dialled(81, "established")]).edges[0]?.failedPorts, []);
  });

  it("lists no more of them than its bound", () => {
    const store = new EdgeStore({ maxPortsPerEdge: 3 });
    for (let port = 1; port <= 50; port++) store.add(dialled(port, "refused"));
    assert.equal(store.graph().edges[0]?.failedPorts.length, 3);
  });
});

describe("flows of an edge", () => {
  const anyFlow = fc.record({
    dialled: fc.option(fc.record({ address: fc.constant("10.0.0.1"), port: fc.nat(3) })),
    serverAddress: fc.option(fc.record({ address: fc.constant("10.0.0.2"), port: fc.nat(3) })),
    dialledService: fc.constantFrom(null, "a/b", "a/b =c"),
    name: fc.constantFrom(null, "c", "d", ""),
    outcome: fc.constantFrom<Outcome>("established", "refused", "host_not_found"),
    timeMicros: fc.nat(1000),
  });

  it("are as many interactions as its outcomes, together with those that are omitted", () => {
    fc.assert(
      fc.property(fc.array(anyFlow, { minLength: 1 }), fc.integer({ min: 0, max: 12 }), (fields, maxFlowsPerEdge) => {
        const store = new EdgeStore({ maxFlowsPerEdge });
        for (const each of fields) store.add(makeInteraction({ client: orders, server: profile, ...each }));
        const [edge] = store.graph().edges;
        const counted = edge?.flows.reduce((sum, { count }) => sum + count, 0) ?? 0;
        assert.equal(counted + (edge?.flowsOmitted ?? 0), fields.length);
        assert.equal(store.drops.flows, edge?.flowsOmitted);
        assert.ok((edge?.flows.length ?? 0) <= maxFlowsPerEdge);
      }),
    );
  });

  it("are those of its interactions, in any order", () => {
    fc.assert(
      fc.property(fc.array(anyFlow, { minLength: 1 }), (fields) => {
        const keyOf = ({ dialled, serverAddress, dialledService, name }: (typeof fields)[number]): string =>
          JSON.stringify([dialled?.port ?? null, serverAddress?.port ?? null, dialledService, name]);
        const expected = new Map<string, number>();
        for (const each of fields) expected.set(keyOf(each), (expected.get(keyOf(each)) ?? 0) + 1);
        const { edges } = graphOf(fields.map((each) => makeInteraction({ client: orders, server: profile, ...each })));
        const flows = edges[0]?.flows.map(
          ({ dialledPort, servedPort, service, name, count }) =>
            [JSON.stringify([dialledPort, servedPort, service, name]), count] as const,
        );
        assert.deepEqual(new Map(flows), expected);
      }),
    );
  });
});

describe("addresses of an edge", () => {
  const external: End = { type: "external", name: "external" };

  it("are those of its external end", () => {
    const clientAddress = { address: "198.51.100.1", port: 40_000 };
    const from = graphOf([makeInteraction({ client: external, server: orders, clientAddress })]);
    assert.deepEqual(from.edges[0]?.addresses, ["198.51.100.1"]);
    const serverAddress = { address: "203.0.113.7", port: 443 };
    const to = graphOf([makeInteraction({ client: orders, server: external, serverAddress })]);
    assert.deepEqual(to.edges[0]?.addresses, ["203.0.113.7"]);
    assert.deepEqual(graphOf([makeInteraction({ client: orders, server: profile })]).edges[0]?.addresses, []);
  });

  it("are at most 100, and interactions with others are counted", () => {
    const store = new EdgeStore();
    for (let i = 0; i < 150; i++) {
      for (let times = 0; times < 2; times++) {
        const clientAddress = { address: `198.51.100.${i}`, port: 40_000 };
        store.add(makeInteraction({ client: external, server: orders, clientAddress }));
      }
    }
    const [edge] = store.graph().edges;
    assert.equal(edge?.addresses.length, 100);
    assert.equal(edge?.addressesOmitted, 100);
    assert.equal(store.drops.addresses, 100);
  });
});

describe("parts of an edge", () => {
  const seenBy = (reporter: string | null, fields: Partial<Interaction> = {}) =>
    makeInteraction({ client: orders, server: profile, reporter, ...fields });

  it("are one for each reporter, with the instance of its observation", () => {
    const store = new EdgeStore();
    for (const reporter of ["worker-2", "worker-1", "worker-2", null, "worker-1", "worker-2"]) {
      store.add(seenBy(reporter, { timeMicros: 100, outcome: reporter === null ? "refused" : "established" }));
    }
    const observation = { instance: "worker-1-0f", node: "worker-1", fromMicros: 1, toMicros: 200, lossRatio: 0 };
    const { edges, observed } = store.graph({ observed: [observation] });
    assert.deepEqual(
      edges[0]?.parts.map(({ instance, outcomes: { established, refused } }) => [instance, established, refused]),
      [
        ["unknown", 0, 1],
        ["worker-1-0f", 2, 0],
        ["worker-2", 3, 0],
      ],
    );
    assert.equal(edges[0]?.outcomes.established, 5);
    assert.equal(edges[0]?.outcomes.refused, 1);
    assert.deepEqual(observed, [
      { instance: "unknown", node: null, fromMicros: 100, toMicros: 100, lossRatio: null },
      observation,
      { instance: "worker-2", node: "worker-2", fromMicros: 100, toMicros: 100, lossRatio: null },
    ]);
  });

  it("keep the observation of a reporter without interactions", () => {
    const observed = [{ instance: "a", node: "worker-9", fromMicros: 1, toMicros: 2, lossRatio: null }];
    assert.deepEqual(new EdgeStore().graph({ observed }).observed, observed);
  });

  it("have the same sums as one part for all interactions", () => {
    const fields = fc.record({
      reporter: fc.constantFrom(null, "a", "b", "c"),
      timeMicros: fc.nat(1000),
      durationMicros: fc.integer({ min: 1, max: 1e6 }),
      name: fc.constantFrom(null, "x", "y"),
      outcome: fc.constantFrom<Outcome>("established", "refused", "timed_out"),
      dialled: fc.record({ address: fc.constant("10.0.0.1"), port: fc.nat(3) }),
      serverRule: fc.constantFrom("pod", "endpoint", null),
    });
    fc.assert(
      fc.property(fc.array(fields, { minLength: 1 }), (all) => {
        const { parts, ...sums } = graphOf(all.map((each) => seenBy(each.reporter, each))).edges[0] ?? { parts: [] };
        const { parts: _, ...expected } = graphOf(all.map((each) => seenBy(null, { ...each, reporter: null })))
          .edges[0] ?? { parts: [] };
        assert.deepEqual(sums, expected);
        assert.equal(parts.length, new Set(all.map(({ reporter }) => reporter)).size);
      }),
    );
  });
});

describe("a Service without a name in DNS", () => {
  const gone: End = { type: "service", namespace: "shop", name: "gone" };
  const failed = makeInteraction({
    client: orders,
    server: gone,
    evidence: "lookup",
    outcome: "host_not_found",
    dialled: null,
  });
  const missing = (store: EdgeStore) => store.graph().nodes.find(({ name }) => name === "gone")?.isMissing;

  it("is missing from the cluster", () => {
    const store = new EdgeStore();
    store.add(failed);
    assert.equal(missing(store), true);
  });

  it("exists if the cluster has it: without endpoints it has no name in DNS", () => {
    const store = new EdgeStore({ hasService: (namespace, name) => `${namespace}/${name}` === "shop/gone" });
    store.add(failed);
    assert.equal(missing(store), undefined);
  });

  it("exists if there are other interactions with it", () => {
    for (const fields of [
      { outcome: "refused" },
      { client: profile, outcome: "resolved" },
      { client: gone, server: orders },
    ] as const) {
      const store = new EdgeStore();
      store.add(failed);
      store.add(makeInteraction({ client: orders, server: gone, ...fields }));
      assert.equal(missing(store), undefined, JSON.stringify(fields));
    }
  });
});

describe("details of all edges", () => {
  const detailed = (client: End, i: number, fields: Partial<Interaction> = {}) =>
    makeInteraction({
      client,
      server: profile,
      name: `name-${i}`,
      dialled: { address: "10.0.0.1", port: 1_000 + i },
      ...fields,
    });
  const detailCount = ({ flows, names, dialledPorts, servedPorts, addresses }: GraphEdge): number =>
    [flows, names, dialledPorts, servedPorts, addresses].reduce((sum, list) => sum + Math.max(0, list.length - 1), 0);

  it("are at most as many as their bound beside the first of each edge, and every interaction stays counted", () => {
    const any = fc.record({
      client: fc.nat(5),
      server: fc.nat(5),
      i: fc.nat(20),
      outcome: fc.constantFrom("established", "refused"),
    });
    fc.assert(
      fc.property(
        fc.array(any, { maxLength: 300 }),
        fc.nat(30),
        fc.integer({ min: 1, max: 40 }),
        (all, maxDetails, maxEdges) => {
          const store = new EdgeStore({ maxDetails, maxEdges });
          for (const { client, server, i, outcome } of all) {
            store.add(
              detailed(workload("a", `c${client}`), i, {
                server: server === 0 ? { type: "external", name: "x" } : workload("b", `s${server}`),
                serverAddress: { address: `203.0.113.${i}`, port: i % 4 },
                outcome: outcome as Outcome,
              }),
            );
          }
          const { edges } = store.graph();
          assert.ok(edges.reduce((sum, edge) => sum + detailCount(edge), 0) <= maxDetails);
          let kept = 0;
          for (const edge of edges) {
            const interactions = edge.outcomes.established + edge.outcomes.refused;
            kept += interactions;
            assert.equal(edge.flows.reduce((sum, { count }) => sum + count, 0) + edge.flowsOmitted, interactions);
            assert.ok(edge.flows.length > 0 && edge.names.length > 0 && edge.dialledPorts.length > 0);
            for (const { port } of edge.failedPorts) assert.ok(edge.dialledPorts.includes(port));
          }
          assert.equal(kept + store.drops.interactions, all.length);
        },
      ),
    );
  });

  it("of one client are not dropped for the flood of another, in any order", () => {
    const quiet = Array.from({ length: 10 }, (_, i) => detailed(orders, i));
    const flood = Array.from({ length: 5_000 }, (_, i) =>
      detailed(workload("a", "flood"), i, { server: workload("b", `s${i % 300}`) }),
    );
    const [alone] = graphOf(quiet).edges;
    for (const all of [
      [...quiet, ...flood],
      [...flood, ...quiet],
      flood.flatMap((each, i) => [each, ...(i % 400 === 0 ? quiet : []).slice(0, 10)]),
    ]) {
      const store = new EdgeStore({ maxDetails: 100 });
      for (const each of all) store.add(each);
      const edge = store.graph().edges.find(({ client }) => client === "workload/shop/orders");
      assert.deepEqual(edge?.names, alone?.names);
      assert.deepEqual(edge?.dialledPorts, alone?.dialledPorts);
      assert.equal(edge?.flows.length, 10);
      assert.ok(store.drops.flows > 0 && store.drops.names > 0 && store.drops.ports > 0);
    }
  });
});

describe("a graph that is read while it grows", () => {
  it("has each edge and node once and in order, without those that were added later", () => {
    const store = new EdgeStore();
    for (let i = 0; i < 20; i++) store.add(makeInteraction({ client: orders, server: workload("a", `s${i}`) }));
    const { nodes, edges, observed } = store.stream();
    const ids = new Set(nodes.map(({ id }) => id));
    const read: GraphEdge[] = [];
    let i = 0;
    for (const edge of edges) {
      read.push(edge);
      store.add(makeInteraction({ client: orders, server: workload("a", `new-${i}`) }));
      store.add(makeInteraction({ client: workload("z", "late"), server: orders }));
      store.add(makeInteraction({ client: orders, server: workload("a", `s${i++}`), reporter: "later" }));
    }
    assert.equal(read.length, 20);
    for (const { client, server, parts } of read) {
      assert.ok(ids.has(client) && ids.has(server));
      for (const { instance } of parts) assert.ok(observed.some((each) => each.instance === instance));
    }
    const servers = read.map(({ server }) => server);
    assert.deepEqual([...servers].sort(), servers);
  });
});
