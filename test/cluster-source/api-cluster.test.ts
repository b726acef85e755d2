// The cluster from an API server with failures that the test defines.
import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { type TestContext, test } from "node:test";
import { ApiCluster } from "../../src/cluster-source/api-cluster.ts";
import type { NodeNames } from "../../src/cluster-source/node-names.ts";
import { WATCHED_KINDS } from "../../src/kubernetes/objects/watched-kinds.ts";
import { type ApiReply, type OddApi, refuse, startOddApi, streamLists } from "../kubernetes/client/support/odd-api.ts";
import { until } from "../support/until.ts";

const BOUND = { timeout: 60_000 };

const NODE = { metadata: { name: "here", uid: "n" }, status: { addresses: [{ address: "10.0.0.1" }] } };
const POD = {
  metadata: { name: "web", namespace: "shop", uid: "w", creationTimestamp: "2026-11-23T08:00:00Z" },
  spec: { nodeName: "here", containers: [] },
  status: { phase: "Running", podIP: "10.1.0.5", podIPs: [{ ip: "10.1.0.5" }] },
};
const LISTS = streamLists({ Node: [NODE], Pod: [POD] });

interface Watching {
  readonly api: OddApi;
  readonly cluster: ApiCluster;
  readonly problems: (string | null)[];
}

/** Watches a server with these responses as an agent does. */
async function watch(t: TestContext, answer: ApiReply, ownNode: string | null = null): Promise<Watching> {
  const api = await startOddApi(t, answer);
  const cluster = new ApiCluster(api.access, false, ownNode);
  t.after(() => cluster.close());
  const problems: (string | null)[] = [];
  const handlers = { input() {}, nodes() {}, watch: (problem: string | null) => problems.push(problem) };
  await cluster.start(handlers, new AbortController().signal);
  return { api, cluster, problems };
}

/** Responds like an API server, until the connection of one kind is cut and its requests fail. */
function breakable() {
  let brokenPath = "none";
  const open: { readonly path: string; readonly response: ServerResponse }[] = [];
  const answer: ApiReply = (path, response) => {
    if (path.startsWith(`${brokenPath}?`)) return refuse(response, 500, "broken");
    open.push({ path, response });
    LISTS(path, response);
  };
  return {
    answer,
    break(kind: string): void {
      brokenPath = WATCHED_KINDS.find((watched) => watched.kind === kind)?.path ?? "none";
      for (const { path, response } of open) if (path.startsWith(`${brokenPath}?`)) response.destroy();
    },
    repair(): void {
      brokenPath = "none";
    },
  };
}

test("updates count as late while the watch of pods is broken, and no longer", BOUND, async (t) => {
  const api = breakable();
  const { cluster } = await watch(t, api.answer);
  const isDisconnected = () => {
    cluster.applyUpdates();
    return cluster.feed.index.updateLag.isDisconnected;
  };
  assert.equal(isDisconnected(), false);
  api.break("Pod");
  await until("updates count as late", isDisconnected);
  api.repair();
  await until("updates count as timely", () => !isDisconnected());
});

test("a broken watch of another kind does not make updates of pods late", BOUND, async (t) => {
  const api = breakable();
  const { cluster, problems } = await watch(t, api.answer);
  api.break("Service");
  await until("the problem is reported", () => problems.length > 0);
  cluster.applyUpdates();
  assert.equal(cluster.feed.index.updateLag.isDisconnected, false);
  assert.deepEqual(
    cluster
      .watches()
      ?.map(({ kind, problem }) => [kind, problem === null])
      .filter(([, isWell]) => !isWell),
    [["services", false]],
  );
});

test("the first lists give the names of nodes, and the owners of addresses", BOUND, async (t) => {
  const api = await startOddApi(t, LISTS);
  const cluster = new ApiCluster(api.access, false, null);
  t.after(() => cluster.close());
  const nodes = await cluster.start({ input() {}, nodes() {}, watch() {} }, new AbortController().signal);
  nodes.check("here", null);
  assert.throws(() => nodes.check("there", null), /"there" is not in the cluster; its nodes are here/);
  cluster.feed.advance(Date.now() * 1_000);
  const owner = cluster.feed.index.ownerOf("10.1.0.5", Date.now() * 1_000);
  assert.equal(owner.type === "pod" && owner.pod.name, "web");
  assert.equal(cluster.apiServer, new URL(api.url).host);
  assert.equal(cluster.apiCounters()?.requests, WATCHED_KINDS.length);
});

test("where the clock is set back, owners of addresses are those of now", BOUND, async (t) => {
  const { cluster } = await watch(t, LISTS);
  const now = Date.now() * 1_000;
  const before = now - 3_600e6;
  assert.equal(cluster.feed.index.ownerOf("10.1.0.5", before).type, "outside");
  cluster.feed.advance(now);
  cluster.feed.advance(before);
  assert.equal(cluster.feed.index.ownerOf("10.1.0.5", before).type, "pod");
});

test("a kind that is permanently refused does not delay the others", BOUND, async (t) => {
  const jobs = WATCHED_KINDS.find(({ kind }) => kind === "Job")?.path ?? "";
  const { cluster, problems } = await watch(t, (path, response) =>
    path.startsWith(`${jobs}?`) ? refuse(response, 403, "no") : LISTS(path, response),
  );
  cluster.feed.advance(Date.now() * 1_000);
  assert.equal(cluster.feed.index.ownerOf("10.1.0.5", Date.now() * 1_000).type, "pod");
  assert.equal(problems.length, 1);
  assert.match(problems[0] ?? "", /forbids this user to list and watch jobs\.batch: .*each run of a CronJob/);
});

test("an outage is one problem, not one for each kind, and its end is reported once", BOUND, async (t) => {
  let isAway = false;
  const { api, problems } = await watch(t, (path, response) => (isAway ? response.destroy() : LISTS(path, response)));
  isAway = true;
  api.cut();
  await until("the problem is reported", () => problems.length > 0);
  isAway = false;
  await until("its end is reported", () => problems.length > 1);
  assert.deepEqual(problems, [
    `the API server at ${api.url} does not answer; check that this machine reaches it`,
    null,
  ]);
});

test("--watch-pods node requests only the pods of this node, and the agents", BOUND, async (t) => {
  const { api } = await watch(t, LISTS, "here");
  const selectors = api.requests.flatMap((path) => {
    const { searchParams } = new URL(path, "http://x");
    return [searchParams.get("fieldSelector"), searchParams.get("labelSelector")].filter((text) => text !== null);
  });
  assert.deepEqual(selectors.toSorted(), ["app.kubernetes.io/name=wirespan", "spec.nodeName=here"]);
  assert.equal(api.requests.length, WATCHED_KINDS.length + 1);
});

test("the start does not wait longer for late lists; their nodes are reported once", BOUND, async (t) => {
  let isSilent = true;
  const waiting: (() => void)[] = [];
  const api = await startOddApi(t, (path, response) => {
    if (isSilent) waiting.push(() => LISTS(path, response));
    else LISTS(path, response);
  });
  const cluster = new ApiCluster(api.access, false, null, 50);
  t.after(() => cluster.close());
  const reported: NodeNames[] = [];
  const first = (): NodeNames => reported[0] ?? assert.fail();
  const handlers = { input() {}, nodes: (nodes: NodeNames) => reported.push(nodes), watch() {} };
  const early = await cluster.start(handlers, new AbortController().signal);
  // Without a cluster every name is accepted.
  early.check("anything", null);
  cluster.applyUpdates();
  assert.deepEqual(reported, []);
  await until("all kinds are requested", () => waiting.length === WATCHED_KINDS.length);
  isSilent = false;
  for (const answer of waiting) answer();
  await until("the nodes are reported", () => {
    cluster.applyUpdates();
    return reported.length > 0;
  });
  first().check("here", null);
  assert.throws(() => first().check("there", null), /its nodes are here/);
  cluster.applyUpdates();
  assert.equal(reported.length, 1);
});

test("preferLabels: labels take precedence over the owner", BOUND, async (t) => {
  const labelled = { ...POD, metadata: { ...POD.metadata, labels: { "app.kubernetes.io/name": "shopfront" } } };
  const api = await startOddApi(t, streamLists({ Pod: [labelled] }));
  const nameOf = async (prefersLabels: boolean) => {
    const cluster = new ApiCluster(api.access, prefersLabels, null);
    t.after(() => cluster.close());
    await cluster.start({ input() {}, nodes() {}, watch() {} }, new AbortController().signal);
    cluster.feed.advance(Date.now() * 1_000);
    const owner = cluster.feed.index.ownerOf("10.1.0.5", Date.now() * 1_000);
    return owner.type === "pod" ? cluster.feed.index.workloadOf(owner.pod).serviceName : owner.type;
  };
  assert.deepEqual([await nameOf(false), await nameOf(true)], ["web", "shopfront"]);
});

test("stopping ends the wait for the first lists", BOUND, async (t) => {
  const api = await startOddApi(t, () => {});
  const cluster = new ApiCluster(api.access, false, null);
  const stopping = new AbortController();
  const started = cluster.start({ input() {}, nodes() {}, watch() {} }, stopping.signal);
  await until("it sends a request", () => api.requests.length > 0);
  stopping.abort();
  await started;
  await cluster.close();
  assert.ok(cluster.watches()?.every(({ isSynced }) => !isSynced));
});

test("metadata alone is requested of kinds of which only the owner counts", BOUND, async (t) => {
  const { api } = await watch(t, LISTS);
  const kinds = api.requests.map((path) => WATCHED_KINDS.find((watched) => path.startsWith(`${watched.path}?`)));
  kinds.forEach((watched, i) => {
    const isMetadataRequested = api.headers[i]?.accept?.includes("as=PartialObjectMetadata") === true;
    assert.equal(isMetadataRequested, watched?.isMetadataOnly, watched?.kind);
  });
  assert.deepEqual(
    kinds.filter((watched) => watched?.isMetadataOnly).map((watched) => watched?.kind),
    ["ReplicaSet", "Job"],
  );
});
