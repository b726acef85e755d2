// A node-local DNS cache that had not answered anything: did it send a query, or a host process?
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ResolverQuery } from "../../src/model/lookup.ts";
import { Direction } from "../../src/model/packet.ts";
import { micros, pod, service, slice, threeNodes } from "../support/cluster/cluster-objects.ts";
import {
  connection,
  endText,
  type Fact,
  lines,
  lookup,
  pipelineOf,
  type WatchedCluster,
} from "../support/cluster/watched-cluster.ts";

const WEB = "10.244.1.5";
const DNS = "10.244.1.53";
const HOST = "192.168.0.1";
const CACHE = "169.254.20.10";
const coredns = pod("kube-system/coredns-x", { ip: DNS, owner: ["ReplicaSet", "coredns"] });
const here: WatchedCluster = {
  objects: [
    ...threeNodes(),
    pod("shop/web", { ip: WEB }),
    coredns,
    service("kube-system/kube-dns", { ip: "10.96.0.10", ports: [{ name: "dns", port: 53, protocol: "UDP" }] }),
    slice("kube-system/kube-dns", 53, [coredns]),
  ],
  node: "a",
};
const found = { name: "api.example.com", to: ["203.0.113.9"] } as const;
const missing = { name: "api.example.com", rcode: 3 } as const;
const unproven = { resolver: DNS, enclosingServer: CACHE, mayBeOwn: true, isUnproven: true };

const ofNode = (facts: readonly Fact[]) => lines(here, facts).filter((line) => line.startsWith("node:"));

for (const [result, outcome] of [
  [found, "resolved"],
  [missing, "host_not_found"],
] as const) {
  const line = `node:a -> external:api.example.com ${outcome} api.example.com`;
  const upstream = (at = 1.1, from = HOST) => lookup({ at, from, ...unproven, ...result });
  /** The pod's question to the cache, which answers a second later. */
  const ofPod = (at = 1, more = {}) => lookup({ at, takesSeconds: 1, from: WEB, resolver: CACHE, ...result, ...more });
  const own = (at: number, more = {}) => lookup({ at, from: HOST, resolver: DNS, ...result, ...more });

  test(`D7 what a cache asked before it had answered anything is no lookup of the node, once it answers the pod (${outcome})`, () => {
    // Also from the addresses of overlay and bridge, which are in the range of the node's pods.
    for (const from of [HOST, "10.244.1.0", "10.244.1.1"]) assert.deepEqual(ofNode([upstream(1.1, from), ofPod()]), []);
  });

  test(`D7 without that answer it is a lookup of the node (${outcome})`, () => {
    for (const others of [
      [],
      [ofPod(1, { takesSeconds: 0.05 })],
      [ofPod(1, { resolver: DNS })],
      [ofPod(1, { name: "b.example.com" })],
      [ofPod(1, { type: "AAAA" })],
      [ofPod(1, { takesSeconds: 4 })],
      [ofPod(1, { rcode: null })],
    ]) {
      assert.deepEqual(ofNode([upstream(), ...others]), [line]);
    }
  });

  test(`D7 what host processes ask for the same name at that time remains their lookup (${outcome})`, () => {
    assert.deepEqual(
      ofNode([upstream(), lookup({ at: 1, takesSeconds: 1, from: CACHE, resolver: CACHE, ...result })]),
      [line],
    );
    assert.deepEqual(ofNode([own(0.1), upstream(2.2), ofPod(2.1)]), [line]);
    assert.deepEqual(ofNode([upstream(), own(1.15), ofPod()]), [line]);
    assert.deepEqual(ofNode([upstream(), ofPod(), own(2.5)]), [line]);
  });

  test(`D7 an answer of long after shows nothing (${outcome})`, () => {
    assert.deepEqual(ofNode([upstream(), own(95), ofPod(99)]), [line, line]);
  });

  test(`D7 without a cluster, a question that a pod leaves open to the host hides nothing (${outcome})`, () => {
    const open = { enclosingServer: HOST, mayBeOwn: true, isUnproven: true };
    assert.equal(lines({}, [own(1.1, open)]).length, 1);
  });
}

test("D7 a truncated answer that the cache passes on is no failure of the node", () => {
  const result = { ...found, isTruncated: true };
  const upstream = lookup({ at: 1.1, from: HOST, ...unproven, ...result });
  assert.deepEqual(ofNode([upstream, lookup({ at: 1, takesSeconds: 1, from: WEB, resolver: CACHE, ...result })]), []);
});

test("D7 a question that a pod leaves open does not hide which DNS server the node uses", () => {
  const queries: ResolverQuery[] = [];
  const pipeline = pipelineOf(
    here,
    () => {},
    (query) => queries.push(query),
  );
  lookup({ at: 1.1, from: HOST, ...unproven, ...found }).feed(pipeline);
  for (let at = 1.2; at < 10; at += 0.1) pipeline.time(micros(at));
  pipeline.finish();
  assert.deepEqual(
    queries.map(({ client }) => endText(client)),
    ["node:a"],
  );
});

test("D7 a connection of the node has the name that it or the cache asked for", () => {
  const facts = [
    lookup({ at: 1.1, from: HOST, ...unproven, ...found }),
    connection({ at: 1.2, from: HOST, to: "203.0.113.9", direction: Direction.outgoing }),
  ];
  const named = "node:a -> external:api.example.com established api.example.com";
  const ofPod = lookup({ at: 1, takesSeconds: 1, from: WEB, resolver: CACHE, ...found });
  assert.deepEqual(ofNode(facts), [named]);
  assert.deepEqual(ofNode([...facts, ofPod]), [named]);
});
