import assert from "node:assert/strict";
import { test } from "node:test";
import { pod, service, slice, threeNodes } from "../support/cluster/cluster-objects.ts";
import {
  type ConnectionOptions,
  connection,
  lines,
  lookup,
  reported,
  type WatchedCluster,
} from "../support/cluster/watched-cluster.ts";

const WEB = "10.244.1.5";
const API = "10.244.1.8:8080";
const VIP = "10.96.0.30";
const api = pod("shop/api", { ip: "10.244.1.8" });
const evil = pod("shop/evil", { ip: "10.244.1.66" });
const cluster: WatchedCluster = {
  objects: [
    ...threeNodes(),
    pod("shop/web", { ip: WEB }),
    api,
    evil,
    service("shop/api", {
      ip: VIP,
      type: "NodePort",
      ports: [{ port: 80, nodePort: 30_080 }],
      externalIps: ["198.51.100.7"],
    }),
    slice("shop/api", 8080, [api]),
    service("shop/evil", { ip: "10.96.0.66" }),
    slice("shop/evil", 8080, [evil]),
  ],
  node: "a",
};

/** eBPF on the client's interface translates the SYN, and eBPF on the server's the answer. */
function dial(options: Partial<ConnectionOptions> = {}): ReturnType<typeof connection> {
  return connection({ at: 1, from: WEB, to: VIP, outcome: "timed_out", otherAnswer: { from: API }, ...options });
}

test("C3: the answer of an endpoint of the dialed Service decides, though no translation was seen", () => {
  assert.deepEqual(lines(cluster, [dial()]), ["shop/web -> shop/api established"]);
  assert.deepEqual(lines(cluster, [dial({ otherAnswer: { from: API, outcome: "refused" } })]), [
    "shop/web -> shop/api refused",
  ]);
});

test("C3: the interaction has the endpoint's pod, address and time, and the name that was looked up", () => {
  const name = lookup({ at: 0.9, from: WEB, name: "api.shop.svc.cluster.local", to: [VIP] });
  const [{ interaction } = assert.fail()] = reported(cluster, [name, dial()]);
  const { serverAddress, dialled, durationMicros, serverPod, dialledService } = interaction;
  assert.deepEqual(serverAddress, { address: "10.244.1.8", port: 8080 });
  assert.deepEqual(dialled, { address: VIP, port: 80 });
  assert.deepEqual([durationMicros, serverPod, dialledService], [1_000, "api", "shop/api"]);
  assert.equal(interaction.name, "api.shop.svc.cluster.local");
});

test("C3: a pod that dials itself through its Service is an edge to itself", () => {
  assert.deepEqual(lines(cluster, [dial({ from: "10.244.1.8" })]), ["shop/api -> shop/api established"]);
});

for (const [where, to] of [
  ["a node port", "192.168.0.1:30080"],
  ["an external address", "198.51.100.7"],
] as const) {
  test(`C3: the same for a client that dials ${where}`, () => {
    assert.deepEqual(lines(cluster, [dial({ to })]), ["shop/web -> shop/api established"]);
  });
}

for (const [what, options] of [
  ["another Service's endpoint", { otherAnswer: { from: "10.244.1.66:8080" } }],
  ["another port of the endpoint", { otherAnswer: { from: "10.244.1.8:9090" } }],
  ["an endpoint, to a port that the Service lacks", { to: `${VIP}:81` }],
] as const) {
  test(`C9: the answer of ${what} decides nothing`, () => {
    assert.deepEqual(lines(cluster, [dial(options)]), ["shop/web -> shop/api timed_out"]);
  });
}

test("C9: without a cluster, and for a server outside, another server's answer decides nothing", () => {
  assert.deepEqual(lines({ objects: [], node: null }, [dial()]), [`unresolved:${WEB} -> unresolved:${VIP} timed_out`]);
  assert.deepEqual(lines(cluster, [dial({ to: "203.0.113.9:443" })]), ["shop/web -> external:external timed_out"]);
});

test("C3: an attempt that the capture cut short is established where an endpoint has answered it", () => {
  assert.deepEqual(lines(cluster, [dial({ outcome: "unfinished", takesSeconds: 0.1 })]), [
    "shop/web -> shop/api established",
  ]);
});
