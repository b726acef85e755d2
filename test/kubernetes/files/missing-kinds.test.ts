import assert from "node:assert/strict";
import { test } from "node:test";
import { missingKinds } from "../../../src/kubernetes/files/missing-kinds.ts";
import { node, owner, pod, service, slice } from "../../support/cluster/cluster-objects.ts";

const all = [
  node("a", "192.168.0.1", "10.244.1.0/24"),
  service("shop/web", { ip: "10.96.0.20" }),
  slice("shop/web", 80, []),
  pod("shop/web", { ip: "10.244.1.5" }),
];

test("no kind is missing from a file with every kind; without pods of Jobs it needs no Jobs", () => {
  assert.deepEqual(missingKinds("cluster file c.json", all), []);
});

for (const [kind, words] of [
  ["Node", /^cluster file c\.json has no nodes: connections of nodes and probes of kubelets appear/],
  ["Service", /^cluster file c\.json has no services: /],
  ["EndpointSlice", /^cluster file c\.json has no endpointslices: connections of host processes have no DNS names/],
  ["Pod", /^cluster file c\.json has no pods: workloads have no names/],
] as const) {
  test(`a file without a ${kind} gives one sentence with the missing kind and the effect`, () => {
    const [sentence, ...others] = missingKinds(
      "cluster file c.json",
      all.filter((object) => object.kind !== kind),
    );
    assert.match(sentence ?? "", words);
    assert.match(sentence ?? "", /; create it with the kubectl command that --help shows$/);
    assert.deepEqual(others, []);
  });
}

test("ReplicaSets and Jobs are missing only if a pod has such an owner", () => {
  const owned = [
    pod("shop/cart-6f7d-abcde", { ip: "10.244.1.6", owner: ["ReplicaSet", "cart-6f7d"] }),
    pod("shop/report-1-abcde", { ip: "10.244.1.7", owner: ["Job", "report-1"] }),
  ];
  assert.match(missingKinds("it", [...all, ...owned]).join("\n"), /^it has no replicasets: .*\nit has no jobs: .*$/);
  const owners = [owner("ReplicaSet", "shop/cart-6f7d"), owner("Job", "shop/report-1")];
  assert.deepEqual(missingKinds("it", [...all, ...owned, ...owners]), []);
});
