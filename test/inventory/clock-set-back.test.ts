// The clock of a node was ahead, and is set back while the agent runs. What had an address before has it no longer.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ClusterFeed } from "../../src/inventory/cluster-feed.ts";
import type { ClusterEvent } from "../../src/kubernetes/objects/cluster-event.ts";
import {
  added,
  deleted,
  micros,
  modified,
  node,
  type PodOptions,
  pod,
  service,
  slice,
  threeNodes,
} from "../support/cluster/cluster-objects.ts";
import { type ConnectionOptions, connection, lineOf, pipelineOf } from "../support/cluster/watched-cluster.ts";

/** Seconds by which the clock is ahead; pods have the right time of their creation. */
const AHEAD = 300;
const backend = (path: string, ip: string) => pod(path, { ip, node: "b" });
const [left, right] = [backend("shop/left", "10.244.2.5"), backend("shop/right", "10.244.2.6")];
const peer = pod("shop/peer", { ip: "10.244.1.6" });
const PEER = "10.244.1.6";

function made(path: string, at: number, options: PodOptions): ReturnType<typeof pod> {
  return pod(path, { node: "a", createdSeconds: at - AHEAD, startedSeconds: at - AHEAD, ...options });
}

/** The second pod replaces the first one at 1,000 s, as the clock is ahead. */
function replaced(options: PodOptions, later: PodOptions = options): ClusterEvent[] {
  const [old, young] = [made("shop/old", 50, options), made("shop/young", 1_000, later)];
  return [added(50, old), deleted(1_000, old), added(1_000.5, made("shop/young", 1_000, {})), modified(1_001, young)];
}

const agent = pod("wirespan/b", {
  hostNetwork: true,
  node: "b",
  createdSeconds: 999 - AHEAD,
  owner: ["DaemonSet", "wirespan"],
  labels: { "app.kubernetes.io/name": "wirespan" },
});
const listener = made("shop/old", 50, { ip: "192.168.0.1", hostNetwork: true, ports: [{ containerPort: 80 }] });
const web = service("shop/web", { ip: "10.96.0.30" });

interface Case {
  readonly title: string;
  readonly events: readonly ClusterEvent[];
  readonly dial: Omit<ConnectionOptions, "at">;
  readonly is: string;
  /** In a recording whose other packets are from before, with a log that has the right time. */
  readonly was: string;
}

const CASES: readonly Case[] = [
  {
    title: "the pod that has the address now is the client",
    events: replaced({ ip: "10.244.1.5" }),
    dial: { from: "10.244.1.5", to: PEER },
    is: "shop/young -> shop/peer established",
    was: "shop/old -> shop/peer established",
  },
  {
    title: "the pod that has the address on a secondary network now is the client",
    events: replaced({ annotations: { "k8s.v1.cni.cncf.io/network-status": '[{"ips":["10.10.0.5"]}]' } }),
    dial: { from: "10.10.0.5", to: PEER },
    is: "shop/young -> shop/peer established",
    was: "shop/old -> shop/peer established",
  },
  {
    title: "a pod that is deleted does not listen on the node",
    events: [added(50, listener), deleted(1_000, listener)],
    dial: { from: PEER, to: "192.168.0.1:80" },
    is: "shop/peer -> node:a established",
    was: "shop/peer -> shop/old established",
  },
  {
    title: "the Service stands for the pods that are behind it now",
    events: [added(50, web), added(50, slice("shop/web", 80, [left])), modified(1_000, slice("shop/web", 80, [right]))],
    dial: { from: PEER, to: "10.96.0.30", outcome: "refused" },
    is: "shop/peer -> shop/right refused",
    was: "shop/peer -> shop/left refused",
  },
  {
    title: "a Service that is deleted has no address",
    events: [added(50, web), deleted(1_000, web)],
    dial: { from: PEER, to: "10.96.0.30", outcome: "timed_out" },
    is: "shop/peer -> external:external timed_out",
    was: "shop/peer -> service:shop/web timed_out",
  },
  {
    title: "a node that is deleted has no address",
    events: [added(50, node("d", "192.168.7.9", [])), deleted(1_000, node("d", "192.168.7.9", []))],
    dial: { from: PEER, to: "192.168.7.9" },
    is: "shop/peer -> external:external established",
    was: "shop/peer -> node:d established",
  },
  {
    title: "the agent that the other node has now reports what its pods dial",
    events: [added(999, made("wirespan/b", 999, { phase: "Pending" })), modified(1_000, agent)],
    dial: { from: "10.244.2.5", to: PEER },
    is: "",
    was: "shop/left -> shop/peer established",
  },
];

/** What is reported of a connection that is made after the clock was set back. */
function reportedOf({ events, dial }: Case, hasPacketClock: boolean): string {
  const feed = new ClusterFeed([...threeNodes(), peer, left, right], [], { hasPacketClock });
  const found: string[] = [];
  const pipeline = pipelineOf({ feed, node: "a" }, (interaction) => found.push(lineOf(interaction)));
  const inOrder = events.toSorted((a, b) => a.timeMicros - b.timeMicros);
  for (const event of inOrder) {
    feed.add([event]);
    pipeline.time(event.timeMicros + 1);
  }
  pipeline.time(micros(1_010));
  pipeline.time(micros(1_010 - AHEAD));
  connection({ at: 1_011 - AHEAD, ...dial }).feed(pipeline);
  pipeline.time(micros(1_020 - AHEAD));
  return found.join();
}

for (const each of CASES) {
  test(`where the clock is set back, ${each.title}`, () => assert.equal(reportedOf(each, true), each.is));
  test(`in a recording with a log of events, what it says of the time of the packets counts, unlike: ${each.title}`, () =>
    assert.equal(reportedOf(each, false), each.was));
}
