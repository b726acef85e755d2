import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PathCache } from "../../src/facts/path-cache.ts";
import { ClusterFeed } from "../../src/inventory/cluster-feed.ts";
import type { ClusterEvent } from "../../src/kubernetes/objects/cluster-event.ts";
import type { Interaction, KnownFlow } from "../../src/model/interaction.ts";
import { Direction } from "../../src/model/packet.ts";
import {
  added,
  deleted,
  micros,
  modified,
  pod,
  service,
  slice,
  threeNodes,
} from "../support/cluster/cluster-objects.ts";
import { connection, type Fact, lookup, pipelineOf } from "../support/cluster/watched-cluster.ts";

const blue = pod("shop/blue-0", { ip: "10.244.2.8", node: "b", owner: ["StatefulSet", "blue"] });
const green = pod("shop/green-0", { ip: "10.244.2.9", node: "b", owner: ["StatefulSet", "green"] });
const next = pod("shop/next-0", { ip: "10.244.2.9", node: "b", owner: ["StatefulSet", "next"] });
const client = "10.244.1.5";
/** On ports of a node, one of them the node port of a Service, for some of the time. */
const onNode = pod("shop/agent-0", {
  ip: "192.168.0.2",
  node: "b",
  owner: ["DaemonSet", "agent"],
  hostNetwork: true,
  ports: [{ containerPort: 80 }, { containerPort: 30_080 }],
});
const NAMES = ["web.shop.svc.cluster.local", "api.example.com"];
/** A ClusterIP, two addresses of pods, one of a node, one outside. */
const ADDRESSES = ["10.96.0.30", "10.244.2.8", "10.244.2.9", "192.168.0.2", "203.0.113.5"];

const objects = [
  ...threeNodes(),
  pod("shop/client", { ip: client, node: "a" }),
  blue,
  green,
  service("shop/web", { ip: "10.96.0.30", type: "NodePort", ports: [{ port: 80, nodePort: 30_080 }] }),
];
const EVENTS = [
  (at: number) => modified(at, slice("shop/web", 80, [blue])),
  (at: number) => modified(at, slice("shop/web", 80, [blue, green])),
  (at: number) => modified(at, slice("shop/web", 80, ["203.0.113.5"])),
  (at: number) => deleted(at, green),
  (at: number) => added(at, next),
  (at: number) => added(at, onNode),
  (at: number) => deleted(at, onNode),
];

const anyLookup = fc.record({
  name: fc.constantFrom(...NAMES),
  chain: fc.constantFrom([], ["web.shop.svc.cluster.local"], ["edge.example.net"]),
  to: fc.constantFrom("10.96.0.30", "10.244.2.9", "203.0.113.5"),
});
const anyConnection = fc.record({
  to: fc.constantFrom(...ADDRESSES),
  port: fc.constantFrom(80, 30_080),
  served: fc.option(fc.constantFrom("10.244.2.9", "203.0.113.5")),
  servedPort: fc.constantFrom(80, 81),
});

/** What happens: a cluster update, a lookup or a connection, by its number among a few, the latter with its outcome. */
const step = fc.oneof(
  { weight: 1, arbitrary: fc.record({ event: fc.nat(EVENTS.length - 1) }) },
  { weight: 3, arbitrary: fc.record({ lookup: fc.nat(3) }) },
  {
    weight: 9,
    arbitrary: fc.record({
      connection: fc.nat(3),
      outcome: fc.constantFrom("established", "refused"),
      // Its first SYN, so many seconds before the fact.
      ago: fc.constantFrom(0, 0, 1, 2, 5),
    }),
  },
);
const traffic = fc.record({
  lookups: fc.array(anyLookup, { minLength: 4, maxLength: 4 }),
  connections: fc.array(anyConnection, { minLength: 4, maxLength: 4 }),
  steps: fc.array(step, { minLength: 10, maxLength: 60, size: "max" }),
});
type Traffic = typeof traffic extends fc.Arbitrary<infer T> ? T : never;

function factOf(
  each: Traffic["steps"][number],
  { lookups, connections }: Traffic,
  at: number,
  paths: PathCache,
): Fact | null {
  if ("event" in each) return null;
  if ("lookup" in each) {
    const { name = "", chain = [], to = "" } = lookups[each.lookup] ?? {};
    return lookup({ at, from: client, name, to: [to], chain });
  }
  const { to, port, served = null, servedPort } = connections[each.connection] ?? {};
  const outcome = each.outcome === "refused" ? "refused" : "established";
  const dialled = {
    at: at - each.ago,
    from: client,
    to: `${to}:${port}`,
    outcome,
    direction: Direction.incoming,
    paths,
  } as const;
  return connection(served === null ? dialled : { ...dialled, lastTo: `${served}:${servedPort}` });
}

/** `isCold`: whatever is kept until the index changes is found anew for each fact. */
function interactionsOf(all: Traffic, isCold: boolean): object[] {
  const { steps } = all;
  const events: ClusterEvent[] = [];
  for (const [i, each] of steps.entries()) {
    const make = "event" in each ? EVENTS[each.event] : undefined;
    if (make !== undefined) events.push(make(i));
  }
  const feed = new ClusterFeed(objects, events);
  const seen: object[] = [];
  const flows = new Map<KnownFlow, object>();
  const sink = ({ flow = null, ...interaction }: Interaction) => {
    if (flow !== null) {
      const { timeMicros, outcome, errorType, durationMicros, retries, nameAgeMicros, ...common } = interaction;
      assert.deepEqual(common, flows.get(flow) ?? common);
      flows.set(flow, common);
    }
    seen.push(interaction);
  };
  const paths = new PathCache();
  const pipeline = pipelineOf({ feed, node: "a" }, sink);
  for (const [i, each] of steps.entries()) {
    factOf(each, all, i, paths)?.feed(pipeline);
    if (isCold) feed.index.version++;
    pipeline.time(micros(i + 0.5));
  }
  pipeline.finish();
  return seen;
}

test("a connection like one before has the ends that it would have without that one", () => {
  fc.assert(
    fc.property(traffic, (all) => {
      assert.deepEqual(interactionsOf(all, false), interactionsOf(all, true));
    }),
    { numRuns: 1_000 },
  );
});
