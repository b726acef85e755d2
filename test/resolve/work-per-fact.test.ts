import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubernetesObject } from "../../src/kubernetes/objects/kubernetes-objects.ts";
import { micros, pod, service, slice, threeNodes } from "../support/cluster/cluster-objects.ts";
import { connection, type Fact, lookup, pipelineOf } from "../support/cluster/watched-cluster.ts";
import { cpuMicros } from "../support/cpu-time.ts";

const WEB = "10.244.1.5";
const NODE = "192.168.0.1";
const FEW = 10;
const MANY = 30_000;
const TIMED = 500;
const ROUNDS = 3;
/** Above the differences by chance, and far below those of a look at each of many. */
const MAX_RATIO = 6;

interface Work {
  readonly title: string;
  readonly objects?: (count: number) => readonly KubernetesObject[];
  /** At second 1. */
  readonly before?: (count: number) => readonly Fact[];
  /** At second 2. */
  readonly timed: (i: number) => Fact;
}

function numbered(count: number, address: (high: number, low: number) => string): string[] {
  return Array.from({ length: count }, (_, i) => address(i >> 8, i & 0xff));
}

const NAME = "api.shop.svc.cluster.local";

const WORK: readonly Work[] = [
  {
    title: "a connection to a port of a node, behind a Service with many endpoints",
    objects: (count) => [
      service("kube-system/kubelet", { ports: [{ port: 10_250, protocol: "TCP" }] }),
      slice("kube-system/kubelet", 10_250, [NODE, ...numbered(count, (high, low) => `192.169.${high}.${low}`)]),
    ],
    timed: (i) => connection({ at: 2, from: `${WEB}:${10_000 + i}`, to: `${NODE}:10250` }),
  },
  {
    title: "a connection to a Service with many endpoints outside the cluster",
    objects: (count) => [
      service("shop/db", { ip: "10.96.0.9" }),
      slice(
        "shop/db",
        80,
        numbered(count, (high, low) => `192.169.${high}.${low}`),
      ),
    ],
    // The end of the Service is found once, until the cluster changes.
    before: () => [connection({ at: 1, from: WEB, to: "10.96.0.9:80", lastTo: "192.169.0.1:80" })],
    timed: (i) =>
      connection({ at: 2, from: `${WEB}:${10_000 + i}`, to: "10.96.0.9:80", lastTo: `192.169.0.${i % 9}:80` }),
  },
  {
    title: "a connection to an external address that many Services have",
    objects: (count) =>
      Array.from({ length: count }, (_, i) =>
        service(`evil/x${i}`, { externalIps: ["198.51.100.7"], ports: [{ port: 1 + i, protocol: "TCP" }] }),
      ),
    timed: (i) => connection({ at: 2, from: `${WEB}:${10_000 + i}`, to: "198.51.100.7:65000" }),
  },
  {
    title: "a connection of the node, while many lookups of another node's bridge wait for an update",
    before: (count) => Array.from({ length: count }, () => lookup({ at: 1, from: "10.244.2.1", name: "example.com" })),
    timed: (i) => connection({ at: 2, from: `${NODE}:${10_000 + i}`, to: "203.0.113.9" }),
  },
  {
    title: "a failed lookup of a name that was resolved many times, with answers out of order",
    before: (count) =>
      Array.from({ length: count }, (_, i) => {
        const takesSeconds = i % 2 === 0 ? 0.4 : 0.2;
        return lookup({ at: 1.4 - takesSeconds, takesSeconds, from: WEB, name: NAME, to: ["203.0.113.9"] });
      }),
    timed: () => lookup({ at: 2, from: WEB, name: "api", rcode: 3 }),
  },
];

function costOf({ objects, before, timed }: Work, count: number): number {
  const all = [...threeNodes(), pod("shop/web", { ip: WEB }), ...(objects?.(count) ?? [])];
  const pipeline = pipelineOf({ objects: all, node: "a" }, () => {});
  for (const fact of before?.(count) ?? []) fact.feed(pipeline);
  pipeline.time(micros(1.9));
  const facts = Array.from({ length: TIMED }, (_, i) => timed(i));
  const begin = cpuMicros();
  for (const fact of facts) fact.feed(pipeline);
  pipeline.time(micros(3.5));
  return (cpuMicros() - begin) / TIMED;
}

for (const work of WORK) {
  test(`the work for ${work.title} does not depend on their number`, () => {
    const least = (count: number) => Math.min(...Array.from({ length: ROUNDS }, () => costOf(work, count)));
    costOf(work, FEW);
    const [few, many] = [least(FEW), least(MANY)];
    assert.ok(many < MAX_RATIO * few, `${few.toFixed(1)} µs with ${FEW}, ${many.toFixed(1)} µs with ${MANY}`);
  });
}
