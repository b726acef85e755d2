// The requests of an agent to a real API server, and the resulting names.
import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../support/until.ts";
import { follow, pod, smallCluster } from "./support/small-cluster.ts";

const PODS = ["10.1.0.5", "10.1.1.5", "10.1.1.6"];

test("one request for each kind gives all pods", async (t) => {
  const small = await smallCluster(t);
  const { ownerOf, cluster } = await follow(t, small, small.kubernetes.port);
  assert.deepEqual(PODS.map(ownerOf), ["Pod web-7d4b9c5f6d-x2x7z", "Pod web-7d4b9c5f6d-8q2lb", "Pod lonely"]);
  assert.equal(small.kubernetes.requests().length, 6);
  assert.equal(cluster.apiCounters()?.requests, 6);
});

test("with --watch-pods node the pods of other nodes come from EndpointSlices, with workloads by their names", async (t) => {
  const small = await smallCluster(t);
  const { ownerOf } = await follow(t, small, small.kubernetes.port, "here");
  assert.deepEqual(PODS.map(ownerOf), ["Pod web-7d4b9c5f6d-x2x7z", "Deployment web", "outside"]);
  const asked = small.kubernetes.requests().filter(({ resource }) => resource === "pods");
  assert.deepEqual(asked.map(({ uri }) => /(field|label)Selector=[^&]*/.exec(uri)?.[0]).toSorted(), [
    "fieldSelector=spec.nodeName%3Dhere",
    "labelSelector=app.kubernetes.io%2Fname%3Dwirespan",
  ]);
  await small.kubernetes.admin.create(pod("late", "here", "10.1.0.9"));
  await until("the node's new pod is known", () => ownerOf("10.1.0.9") === "Pod late");
});
