import assert from "node:assert/strict";
import { test } from "node:test";
import { RemotePods, withPods } from "../../../src/kubernetes/client/remote-pods.ts";
import type { ClusterUpdate } from "../../../src/kubernetes/objects/cluster-event.ts";
import type { KubernetesObject, PodRecord } from "../../../src/kubernetes/objects/kubernetes-objects.ts";
import { trimObject } from "../../../src/kubernetes/objects/trim-object.ts";

const OWN = "here";

function endpoint(pod: string, address: string, nodeName = "there") {
  return {
    addresses: [address],
    nodeName,
    targetRef: { kind: "Pod", name: pod, namespace: "shop", uid: `uid of ${pod}` },
  };
}

function slice(name: string, endpoints: readonly object[], port = 8080): KubernetesObject {
  const metadata = { name, namespace: "shop", labels: { "kubernetes.io/service-name": "web" } };
  return { kind: "EndpointSlice", metadata, endpoints, ports: [{ port }] };
}

function update(object: KubernetesObject, type: ClusterUpdate["type"] = "MODIFIED"): ClusterUpdate {
  const record = withPods(trimObject(object), object);
  assert.ok(record !== null);
  return { timeMicros: 7, type, object: record };
}

/** Updates of pods, `DELETED web-1 10.0.0.1`, derived from updates of slices. */
function podUpdates(pods: RemotePods, ...given: ClusterUpdate[]): string[] {
  return pods
    .expand(given)
    .filter(({ object }) => object.kind === "Pod")
    .map(({ type, object }) => [type, (object as PodRecord).name, ...(object as PodRecord).addresses].join(" "));
}

test("a pod of another node has the addresses of all its slices, and is deleted with the last one", () => {
  const pods = new RemotePods(OWN);
  assert.deepEqual(podUpdates(pods, update(slice("v4", [endpoint("web-1", "10.0.0.1")]))), ["MODIFIED web-1 10.0.0.1"]);
  const v6 = slice("v6", [endpoint("web-1", "FD00::1")]);
  assert.deepEqual(podUpdates(pods, update(v6)), ["MODIFIED web-1 10.0.0.1 fd00::1"]);
  assert.deepEqual(podUpdates(pods, update(slice("v4", []))), ["MODIFIED web-1 fd00::1"]);
  assert.deepEqual(podUpdates(pods, update(v6, "DELETED")), ["DELETED web-1 fd00::1"]);
});

test("pods of this node are ignored, because they are watched", () => {
  assert.deepEqual(podUpdates(new RemotePods(OWN), update(slice("v4", [endpoint("web-1", "10.0.0.1", OWN)]))), []);
});

test("a pod with its node's address gets the port of the node, but not the address", () => {
  const node = { kind: "Node", metadata: { name: "there" }, status: { addresses: [{ address: "192.0.2.7" }] } };
  const updates = new RemotePods(OWN).expand([
    update(slice("v4", [endpoint("proxy-x7kbc", "192.0.2.7")], 9100)),
    update(node),
  ]);
  const pod = updates.find(({ object }) => object.kind === "Pod")?.object as PodRecord;
  assert.deepEqual([pod.addresses, pod.nodePorts], [[], [9100]]);
});

test("endpoints without a pod or without a node are ignored", () => {
  const byHand = { addresses: ["198.51.100.4"] };
  const { nodeName: _, ...unscheduled } = endpoint("web-1", "10.0.0.1");
  assert.deepEqual(podUpdates(new RemotePods(OWN), update(slice("v4", [byHand, unscheduled]))), []);
});

const names = [
  ["orders-7d4b9c5f6d-x2x7z", "Deployment orders"],
  ["wallet-db-12", "StatefulSet wallet-db"],
  ["node-exporter-zdztq", "DaemonSet node-exporter"],
  ["standalone", "Pod standalone"],
  ["my-app", "Pod my-app"],
] as const;

for (const [pod, expected] of names) {
  test(`the pod ${pod} of another node belongs to ${expected}`, () => {
    const updates = new RemotePods(OWN).expand([update(slice("v4", [endpoint(pod, "10.0.0.1")]))]);
    const record = updates.find(({ object }) => object.kind === "Pod")?.object as PodRecord;
    const owner = record.owner;
    assert.equal(owner === null ? `Pod ${pod}` : `${owner.kind} ${owner.name}`, expected);
  });
}
