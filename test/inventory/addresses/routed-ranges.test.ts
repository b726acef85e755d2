import assert from "node:assert/strict";
import { test } from "node:test";
import { RoutedRanges } from "../../../src/inventory/addresses/routed-ranges.ts";
import type { NodeRecord, PodRecord } from "../../../src/kubernetes/objects/kubernetes-objects.ts";
import { trimObject } from "../../../src/kubernetes/objects/trim-object.ts";
import type { Route } from "../../../src/model/address-range.ts";
import { node, pod } from "../../support/cluster/cluster-objects.ts";

/** flannel's routes on node a; Cilium's next hop is the node itself. */
const FLANNEL: readonly Route[] = [
  { cidr: "0.0.0.0/0", gateway: "192.168.0.254" },
  { cidr: "10.244.2.0/24", gateway: "10.244.2.0" },
  { cidr: "fd00:10:244:2::/64", gateway: "fd00:10:244:2::" },
];
const CILIUM: readonly Route[] = [{ cidr: "10.0.2.0/24", gateway: "10.0.1.45" }];

function podRecord(on: string, ...ip: readonly string[]): PodRecord {
  const record = trimObject(pod(`shop/${ip.join("-").replaceAll(":", "-")}`, { ip, node: on }));
  assert.equal(record?.kind, "Pod");
  return record;
}

function nodeRecord(name: string, address: string): NodeRecord {
  const record = trimObject(node(name, address, []));
  assert.equal(record?.kind, "Node");
  return record;
}

function routed(routes: readonly Route[], pods: readonly PodRecord[]): RoutedRanges {
  const ranges = new RoutedRanges(() => pods);
  ranges.set(routes);
  return ranges;
}

function ownerAt(ranges: RoutedRanges, address: string): string {
  const owner = ranges.at(address);
  if (owner.type === "unlisted") return `unlisted ${owner.nodeName}`;
  return owner.type === "pod-range" ? `${owner.type} ${owner.node}` : owner.type;
}

const PODS = [podRecord("b", "10.244.2.7", "fd00:10:244:2::7"), podRecord("b", "10.0.2.7")];

for (const [routes, address, expected] of [
  [FLANNEL, "10.244.2.0", "pod-range b"],
  [FLANNEL, "fd00:10:244:2::", "pod-range b"],
  [FLANNEL, "10.244.2.9", "unlisted b"],
  [FLANNEL, "fd00:10:244:2::9", "unlisted b"],
  [FLANNEL, "10.244.3.9", "outside"],
  [FLANNEL, "198.51.100.7", "outside"],
  [CILIUM, "10.0.2.45", "unlisted b"],
  [CILIUM, "10.0.1.45", "outside"],
  [[], "10.244.2.0", "outside"],
] as const) {
  test(`N13 the only node with pods in a routed range owns the addresses in it: ${address}, ${routes.length} routes`, () => {
    assert.equal(ownerAt(routed(routes, PODS), address), expected);
  });
}

test("a range with pods of several nodes, with a node's own address, or without pods has no owner", () => {
  assert.equal(ownerAt(routed(FLANNEL, []), "10.244.2.0"), "outside");
  const crosswise = podRecord("c", "10.244.2.8");
  const ranges = routed(FLANNEL, [...PODS, crosswise]);
  assert.equal(ownerAt(ranges, "10.244.2.0"), "outside");
  ranges.countPod(crosswise, -1);
  assert.equal(ownerAt(ranges, "10.244.2.0"), "pod-range b");
  ranges.updateNode(nodeRecord("b", "10.244.2.200"));
  assert.equal(ownerAt(ranges, "10.244.2.0"), "outside");
  ranges.updateNode(nodeRecord("b", "192.168.0.2"));
  assert.equal(ownerAt(ranges, "10.244.2.0"), "pod-range b");
});

test("a route that is wider than a node's range, or to one host, shows no owner", () => {
  for (const cidr of ["10.0.0.0/8", "10.244.0.0/16", "10.244.2.7/32", "fd00:10::/32"]) {
    const ranges = routed([{ cidr, gateway: "192.168.0.254" }], PODS);
    for (const address of ["10.244.2.9", "fd00:10:244:2::9"]) assert.equal(ownerAt(ranges, address), "outside", cidr);
  }
});

test("new routes count; the longest prefix decides", () => {
  const ranges = routed(FLANNEL, [...PODS, podRecord("c", "10.244.2.130")]);
  assert.equal(ranges.set(FLANNEL.slice()), false);
  assert.equal(ranges.set([...FLANNEL, { cidr: "10.244.2.128/26", gateway: "192.168.0.3" }]), true);
  assert.equal(ownerAt(ranges, "10.244.2.131"), "unlisted c");
  assert.equal(ownerAt(ranges, "10.244.2.9"), "unlisted b");
  assert.equal(ranges.set([]), true);
  assert.equal(ownerAt(ranges, "10.244.2.9"), "outside");
});

test("of two routes to one range, the last one has the next hop", () => {
  const ranges = routed([{ cidr: "10.244.2.0/24", gateway: "10.244.2.9" }, ...FLANNEL], PODS);
  assert.equal(ownerAt(ranges, "10.244.2.0"), "pod-range b");
  assert.equal(ownerAt(ranges, "10.244.2.9"), "unlisted b");
});
