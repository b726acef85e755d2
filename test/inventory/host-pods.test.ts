import assert from "node:assert/strict";
import { test } from "node:test";
import { HostPods } from "../../src/inventory/host-pods.ts";
import type { PodRecord } from "../../src/kubernetes/objects/kubernetes-objects.ts";
import { trimObject } from "../../src/kubernetes/objects/trim-object.ts";
import { micros, type PodOptions, pod } from "../support/cluster/cluster-objects.ts";

const PORT = 9100;
/** Deleted pods kept for one node. */
const MAX_DELETED = 64;

function hostPod(name: string, port = PORT, options: PodOptions = {}): PodRecord {
  const record = trimObject(pod(`shop/${name}`, { hostNetwork: true, ports: [{ containerPort: port }], ...options }));
  assert.ok(record?.kind === "Pod");
  return record;
}

test("a pod listens on the ports of its spec on its node, until the update that deletes it", () => {
  const pods = new HostPods();
  const exporter = hostPod("exporter");
  pods.update(exporter);
  assert.equal(pods.at("a", PORT, micros(1)), exporter);
  assert.equal(pods.at("a", PORT + 1, micros(1)), null);
  assert.equal(pods.at("b", PORT, micros(1)), null);
  pods.remove(exporter, micros(5));
  assert.equal(pods.at("a", PORT, micros(4.9)), exporter);
  assert.equal(pods.at("a", PORT, micros(5)), null);
});

test("a host port that is bound to another address than the node's is no port of the node", () => {
  const bound = (hostIP: string) => {
    const object = pod("shop/bound", { ip: "10.244.1.5", ports: [{ containerPort: 80, hostPort: PORT, hostIP }] });
    const record = trimObject({ ...object, status: { ...object.status, hostIP: "192.168.0.1" } });
    return record?.kind === "Pod" ? record.nodePorts : null;
  };
  for (const address of ["", "0.0.0.0", "::", "192.168.0.1"]) assert.deepEqual(bound(address), [PORT], address);
  for (const address of ["127.0.0.1", "::1", "203.0.113.9"]) assert.deepEqual(bound(address), [], address);
});

test("a pod that has not got its network has no host port yet: nothing is redirected to it, whatever its spec claims", () => {
  const claiming = (options: PodOptions) => hostPod("claiming", PORT, { ...options, hostNetwork: false });
  const ports = [{ containerPort: 80, hostPort: PORT }];
  const server = hostPod("server", PORT, { createdSeconds: 1 });
  for (const phase of ["Pending", "Failed"] as const) {
    const pods = new HostPods();
    pods.update(server);
    // The kubelet rejects it for the port, or it waits for a volume that does not exist.
    pods.update(claiming({ ports, phase, node: "a", createdSeconds: 10 }));
    assert.equal(pods.at("a", PORT, micros(20)), server, phase);
  }
  const pods = new HostPods();
  const started = claiming({ ports, ip: "10.244.1.5", createdSeconds: 10 });
  for (const each of [claiming({ ports, phase: "Pending", node: "a" }), started]) pods.update(each);
  assert.equal(pods.at("a", PORT, micros(20)), started);
});

test("of two pods with one port the younger one is the server, if it existed already", () => {
  const pods = new HostPods();
  const [old, young] = [hostPod("old", PORT, { createdSeconds: 1 }), hostPod("young", PORT, { createdSeconds: 10 })];
  for (const each of [young, old]) pods.update(each);
  assert.equal(pods.at("a", PORT, micros(20)), young);
  assert.equal(pods.at("a", PORT, micros(5)), old);
});

test("an ended pod no longer listens, even if the API still has it", () => {
  const pods = new HostPods();
  pods.update(hostPod("done", PORT, { phase: "Succeeded", finishedSeconds: 5 }));
  assert.equal(pods.at("a", PORT, micros(4))?.name, "done");
  assert.equal(pods.at("a", PORT, micros(6)), null);
});

test("a pod with a host port that loses its address has the port until it ends", () => {
  const ports = [{ containerPort: 80, hostPort: PORT }];
  const withAddress = hostPod("web", PORT, { hostNetwork: false, ports, ip: "10.244.1.5" });
  const ended = hostPod("web", PORT, { hostNetwork: false, ports, phase: "Succeeded", finishedSeconds: 5 });
  const isListening = (pods: HostPods, seconds: readonly number[]) =>
    seconds.map((second) => pods.at("a", PORT, micros(second)) !== null);
  const pods = new HostPods();
  pods.update(withAddress);
  pods.update(ended);
  assert.deepEqual(isListening(pods, [4, 7]), [true, false]);
  const deleted = new HostPods();
  deleted.update(withAddress);
  deleted.remove({ ...ended, endedMicros: null }, micros(8));
  assert.deepEqual(isListening(deleted, [7, 9]), [true, false]);
});

test("the last 64 deleted pods of a node are kept, and every existing one", () => {
  const pods = new HostPods();
  const existing = hostPod("existing", 1);
  pods.update(existing);
  const ofOther = hostPod("other", 2, { node: "b" });
  pods.update(ofOther);
  pods.remove(ofOther, micros(1));
  for (let i = 0; i <= MAX_DELETED; i++) {
    const deleted = hostPod(`deleted-${i}`, 1_000 + i);
    pods.update(deleted);
    pods.remove(deleted, micros(10 + i));
  }
  assert.equal(pods.at("a", 1_000, micros(2)), null);
  for (let i = 1; i <= MAX_DELETED; i++) assert.equal(pods.at("a", 1_000 + i, micros(2))?.name, `deleted-${i}`);
  assert.equal(pods.at("a", 1, micros(500)), existing);
  assert.equal(pods.at("b", 2, micros(0.5)), ofOther);
});
