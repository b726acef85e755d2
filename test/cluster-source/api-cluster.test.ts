// What the agent knows of the cluster by its API, on a server that fails as the test wants it.
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

interface Known {
  readonly api: OddApi;
  readonly cluster: ApiCluster;
  readonly problems: (string | null)[];
  readonly nodes: string[][];
}

/** An agent's view of the cluster, which the server answers so. */
async function follow(t: TestContext, answer: ApiReply, ownNode: string | null = null): Promise<Known> {
  const api = await startOddApi(t, answer);
  const cluster = new ApiCluster(api.access, false, ownNode);
  t.after(() => cluster.close());
  const problems: (string | null)[] = [];
  const hears = { event() {}, nodes() {}, watch: (problem: string | null) => problems.push(problem) };
  await cluster.start(hears, new AbortController().signal);
  return { api, cluster, problems, nodes: [] };
}

/** Answers as an API server does until it is broken for one kind: then that kind's connection is cut, and stays away. */
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
    mend(): void {
      brokenPath = "none";
    },
  };
}

test("while pods are not followed whatever is told of them is late, and no longer", BOUND, async (t) => {
  const api = breakable();
  const { cluster } = await follow(t, api.answer);
  const isBroken = () => {
    cluster.applyUpdates();
    return cluster.feed.index.updateLag.isDisconnected;
  };
  assert.equal(isBroken(), false);
  api.break("Pod");
  await until("the index knows that news of pods is late", isBroken);
  api.mend();
  await until("the index knows that news comes in time", () => !isBroken());
});

test("a kind that is no pod says nothing of the news of pods", BOUND, async (t) => {
  const api = breakable();
  const { cluster, problems } = await follow(t, api.answer);
  api.break("Service");
  await until("it is said", () => problems.length > 0);
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

test("with the first lists the names of nodes are known, and whose an address is", BOUND, async (t) => {
  const api = await startOddApi(t, LISTS);
  const cluster = new ApiCluster(api.access, false, null);
  t.after(() => cluster.close());
  const nodes = await cluster.start({ event() {}, nodes() {}, watch() {} }, new AbortController().signal);
  nodes.check("here", null);
  assert.throws(() => nodes.check("there", null), /"there" is not in the cluster; its nodes are here/);
  cluster.feed.advance(Date.now() * 1_000);
  const owner = cluster.feed.index.ownerOf("10.1.0.5", Date.now() * 1_000);
  assert.equal(owner.type === "pod" && owner.pod.name, "web");
  assert.equal(cluster.apiServer, new URL(api.url).host);
  assert.equal(cluster.apiCounters()?.requests, WATCHED_KINDS.length);
});

test("a kind that is refused for good does not hold up the others", BOUND, async (t) => {
  const jobs = WATCHED_KINDS.find(({ kind }) => kind === "Job")?.path ?? "";
  const { cluster, problems } = await follow(t, (path, response) =>
    path.startsWith(`${jobs}?`) ? refuse(response, 403, "no") : LISTS(path, response),
  );
  cluster.feed.advance(Date.now() * 1_000);
  assert.equal(cluster.feed.index.ownerOf("10.1.0.5", Date.now() * 1_000).type, "pod");
  assert.equal(problems.length, 1);
  assert.match(problems[0] ?? "", /forbids to list and watch jobs\.batch: .*each run of a CronJob/);
});

test("one outage is one problem, not one of each kind, and its end is told once", BOUND, async (t) => {
  let isAway = false;
  const { api, problems } = await follow(t, (path, response) => (isAway ? response.destroy() : LISTS(path, response)));
  isAway = true;
  api.cut();
  await until("it is said", () => problems.length > 0);
  isAway = false;
  await until("it is over", () => problems.length > 1);
  assert.deepEqual(problems, [`the API server at ${api.url} does not answer`, null]);
});

test("with --watch-pods node only this node's pods and the agents are asked for", BOUND, async (t) => {
  const { api } = await follow(t, LISTS, "here");
  const selectors = api.requests.flatMap((path) => {
    const { searchParams } = new URL(path, "http://x");
    return [searchParams.get("fieldSelector"), searchParams.get("labelSelector")].filter((text) => text !== null);
  });
  assert.deepEqual(selectors.toSorted(), ["app.kubernetes.io/name=wirespan", "spec.nodeName=here"]);
  assert.equal(api.requests.length, WATCHED_KINDS.length + 1);
});

test("lists that come late are not waited for; the nodes are told with them, once", BOUND, async (t) => {
  let isSilent = true;
  const waiting: (() => void)[] = [];
  const api = await startOddApi(t, (path, response) => {
    if (isSilent) waiting.push(() => LISTS(path, response));
    else LISTS(path, response);
  });
  const cluster = new ApiCluster(api.access, false, null, 50);
  t.after(() => cluster.close());
  const told: NodeNames[] = [];
  const first = (): NodeNames => told[0] ?? assert.fail();
  const hears = { event() {}, nodes: (nodes: NodeNames) => told.push(nodes), watch() {} };
  const early = await cluster.start(hears, new AbortController().signal);
  // Nothing is known, so no node can be wrong.
  early.check("anything", null);
  cluster.applyUpdates();
  assert.deepEqual(told, []);
  await until("all kinds are asked for", () => waiting.length === WATCHED_KINDS.length);
  isSilent = false;
  for (const answer of waiting) answer();
  await until("the nodes are told", () => {
    cluster.applyUpdates();
    return told.length > 0;
  });
  first().check("here", null);
  assert.throws(() => first().check("there", null), /its nodes are here/);
  cluster.applyUpdates();
  assert.equal(told.length, 1);
});

test("labels name a workload before its owner where that is wanted", BOUND, async (t) => {
  const labelled = { ...POD, metadata: { ...POD.metadata, labels: { "app.kubernetes.io/name": "shopfront" } } };
  const api = await startOddApi(t, streamLists({ Pod: [labelled] }));
  const nameOf = async (prefersLabels: boolean) => {
    const cluster = new ApiCluster(api.access, prefersLabels, null);
    t.after(() => cluster.close());
    await cluster.start({ event() {}, nodes() {}, watch() {} }, new AbortController().signal);
    cluster.feed.advance(Date.now() * 1_000);
    const owner = cluster.feed.index.ownerOf("10.1.0.5", Date.now() * 1_000);
    return owner.type === "pod" ? cluster.feed.index.workloadOf(owner.pod).serviceName : owner.type;
  };
  assert.deepEqual([await nameOf(false), await nameOf(true)], ["web", "shopfront"]);
});

test("a stop ends the wait for the first lists", BOUND, async (t) => {
  const api = await startOddApi(t, () => {});
  const cluster = new ApiCluster(api.access, false, null);
  const stopping = new AbortController();
  const started = cluster.start({ event() {}, nodes() {}, watch() {} }, stopping.signal);
  await until("it asks", () => api.requests.length > 0);
  stopping.abort();
  await started;
  await cluster.close();
  assert.ok(cluster.watches()?.every(({ isSynced }) => !isSynced));
});

test(
  "of kinds of which only the owner counts metadata alone is asked for, of others the whole object",
  BOUND,
  async (t) => {
    const { api } = await follow(t, LISTS);
    const kinds = api.requests.map((path) => WATCHED_KINDS.find((watched) => path.startsWith(`${watched.path}?`)));
    kinds.forEach((watched, i) => {
      const isMetadataAsked = api.headers[i]?.accept?.includes("as=PartialObjectMetadata") === true;
      assert.equal(isMetadataAsked, watched?.isMetadataOnly, watched?.kind);
    });
    assert.deepEqual(
      kinds.filter((watched) => watched?.isMetadataOnly).map((watched) => watched?.kind),
      ["ReplicaSet", "Job"],
    );
  },
);
