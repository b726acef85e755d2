// What an agent asks a real API server for, and knows, with --watch-pods node.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiCluster } from "../../src/cli/api-cluster.ts";
import { inClusterAccess } from "../../src/cluster/api-access.ts";
import { until } from "../support/until.ts";
import { pod, type SmallCluster, smallCluster } from "./small-cluster.ts";

const QUIET = { event: () => {}, watch: () => {} };

function apiCluster({ account }: SmallCluster, ownNode: string | null): ApiCluster {
  const { KUBERNETES_SERVICE_HOST: host = "", KUBERNETES_SERVICE_PORT: port = "" } = account.environment;
  return new ApiCluster(inClusterAccess(host, port, account.folder), false, ownNode);
}

/** `Deployment web`, or the type of who has the address. */
function ownerOf({ feed }: ApiCluster, address: string): string {
  feed.advance(Date.now() * 1_000);
  const holder = feed.index.holderOf(address, Date.now() * 1_000);
  if (holder.type !== "pod") return holder.type;
  const { kind, name } = feed.index.workloadOf(holder.pod);
  return `${kind} ${name}`;
}

test("one request for each kind, and all pods are known", async (t) => {
  const small = await smallCluster(t);
  const cluster = apiCluster(small, null);
  t.after(() => cluster.close());
  const nodes = await cluster.start(QUIET);
  assert.ok(nodes.has("here") && nodes.has("there") && !nodes.has("elsewhere"));
  const known = ["10.1.0.5", "10.1.1.5", "10.1.1.6"].map((address) => ownerOf(cluster, address));
  assert.deepEqual(known, ["Pod web-7d4b9c5f6d-x2x7z", "Pod web-7d4b9c5f6d-8q2lb", "Pod lonely"]);
  assert.equal(small.kubernetes.requests().length, 6);
  assert.equal(cluster.apiCounters()?.requests, 6);
});

test("with --watch-pods node other nodes' pods are those behind Services, by their names", async (t) => {
  const small = await smallCluster(t);
  const cluster = apiCluster(small, "here");
  t.after(() => cluster.close());
  await cluster.start(QUIET);
  const known = ["10.1.0.5", "10.1.1.5", "10.1.1.6"].map((address) => ownerOf(cluster, address));
  assert.deepEqual(known, ["Pod web-7d4b9c5f6d-x2x7z", "Deployment web", "outside"]);
  const asked = small.kubernetes.requests().filter(({ resource }) => resource === "pods");
  assert.deepEqual(asked.map(({ uri }) => /(field|label)Selector=[^&]*/.exec(uri)?.[0]).toSorted(), [
    "fieldSelector=spec.nodeName%3Dhere",
    "labelSelector=app.kubernetes.io%2Fname%3Dwirespan",
  ]);

  await small.kubernetes.admin.create(pod("late", "here", "10.1.0.9"));
  await until("the node's new pod is known", () => {
    cluster.readNews();
    return ownerOf(cluster, "10.1.0.9") === "Pod late";
  });
});
