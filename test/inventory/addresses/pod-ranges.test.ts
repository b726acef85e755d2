import assert from "node:assert/strict";
import { test } from "node:test";
import { PodRanges } from "../../../src/inventory/addresses/pod-ranges.ts";
import type { NodeRecord, PodRecord } from "../../../src/kubernetes/objects/kubernetes-objects.ts";
import { trimObject } from "../../../src/kubernetes/objects/trim-object.ts";
import { node, pod } from "../../support/cluster/cluster-objects.ts";
import { cpuMicros } from "../../support/cpu-time.ts";

function nodeRecord(name: string, ...podCidrs: readonly string[]): NodeRecord {
  const record = trimObject(node(name, "192.168.0.1", podCidrs));
  assert.equal(record?.kind, "Node");
  return record;
}

function podRecord(on: string, ...ip: readonly string[]): PodRecord {
  const record = trimObject(pod(`shop/${ip.join("-")}`, { ip, node: on }));
  assert.equal(record?.kind, "Pod");
  return record;
}

function rangesOf(pods: readonly PodRecord[]): PodRanges {
  const ranges = new PodRanges(() => pods);
  ranges.update(nodeRecord("a", "10.244.1.0/24", "fd00:10:244:1::/64"));
  ranges.update(nodeRecord("b", "10.244.2.0/24"));
  return ranges;
}

function ownerAt(ranges: PodRanges, address: string): string {
  const owner = ranges.at(address);
  return owner.type === "pod-range" ? `${owner.type} ${owner.node}` : owner.type;
}

for (const [address, expected] of [
  ["10.244.1.0", "pod-range a"],
  ["10.244.1.1", "pod-range a"],
  ["fd00:10:244:1::", "pod-range a"],
  ["fd00:10:244:1::1", "pod-range a"],
  ["10.244.2.1", "pod-range b"],
  ["10.244.1.2", "unlisted"],
  ["10.244.2.255", "unlisted"],
  ["fd00:10:244:1::2", "unlisted"],
  ["fd00:10:244:1:1::", "unlisted"],
  ["10.244.3.1", "outside"],
  ["none", "outside"],
] as const) {
  test(`N12: the first two addresses of a range belong to the node, the others to pods: ${address}`, () => {
    assert.equal(ownerAt(rangesOf([]), address), expected);
  });
}

const agreeing = (count: number) => Array.from({ length: count }, (_, i) => podRecord("a", `10.244.1.${10 + i}`));

test("N12: ranges are ignored if pod addresses contradict them; a few pods that moved do not matter", () => {
  const crosswise = podRecord("b", "10.244.1.99");
  const elsewhere = podRecord("b", "172.16.0.9");
  assert.equal(ownerAt(rangesOf([crosswise]), "10.244.1.1"), "outside");
  assert.equal(ownerAt(rangesOf([crosswise, ...agreeing(1)]), "10.244.1.1"), "outside");
  assert.equal(ownerAt(rangesOf([crosswise, ...agreeing(2)]), "10.244.1.1"), "pod-range a");
  assert.equal(ownerAt(rangesOf([elsewhere]), "10.244.1.1"), "pod-range a");
});

test("N12: whether ranges are used follows changes of pods and nodes", () => {
  const crosswise = podRecord("b", "10.244.1.99");
  const pods: PodRecord[] = [];
  const ranges = rangesOf(pods);
  assert.equal(ownerAt(ranges, "10.244.1.1"), "pod-range a");
  ranges.addPod(crosswise);
  pods.push(crosswise);
  assert.equal(ownerAt(ranges, "10.244.1.1"), "outside");
  ranges.update(nodeRecord("b", "10.244.9.0/24"));
  assert.equal(ownerAt(ranges, "10.244.1.1"), "outside");
  ranges.removePod(crosswise);
  pods.pop();
  assert.equal(ownerAt(ranges, "10.244.1.1"), "pod-range a");
  ranges.remove("a");
  assert.equal(ownerAt(ranges, "10.244.1.1"), "outside");
});

test("of overlapping ranges the longest one counts, of equal ones that of the first node", () => {
  const ranges = new PodRanges(() => []);
  ranges.update(nodeRecord("wide", "10.244.0.0/16", "::/0"));
  ranges.update(nodeRecord("a", "10.244.1.0/24"));
  ranges.update(nodeRecord("b", "10.244.1.0/24"));
  assert.deepEqual(
    ["10.244.0.1", "10.244.1.1", "10.244.2.1", "10.245.0.1", "::1"].map((address) => ownerAt(ranges, address)),
    ["pod-range wide", "pod-range a", "unlisted", "outside", "pod-range wide"],
  );
});

test("the range of a new address is found without a look at each range", () => {
  const costOf = (nodes: number): number => {
    const ranges = new PodRanges(() => []);
    for (let i = 0; i < nodes; i++) ranges.update(nodeRecord(`n${i}`, `10.${128 + (i >> 8)}.${i & 255}.0/24`));
    ranges.at("10.244.1.1");
    const begin = cpuMicros();
    for (let i = 0; i < 5_000; i++) ranges.at(`11.0.${i >> 8}.${i & 255}`);
    return (cpuMicros() - begin) / 5_000;
  };
  const least = (nodes: number) => Math.min(costOf(nodes), costOf(nodes), costOf(nodes));
  const [few, many] = [least(10), least(5_000)];
  assert.ok(many < 8 * few, `${few.toFixed(1)} µs with 10 nodes, ${many.toFixed(1)} µs with 5,000`);
});
