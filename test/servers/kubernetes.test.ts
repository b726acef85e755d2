import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { connect as connectTls } from "node:tls";
import { until } from "../support/until.ts";
import { type Kubernetes, startKubernetes } from "./kubernetes.ts";
import type { ApiObject, ApiResponse } from "./kubernetes-api.ts";
import { startRelay } from "./relay.ts";
import { createServiceAccount } from "./service-account.ts";

const READ_PODS = [{ apiGroups: [""], resources: ["pods"], verbs: ["list", "watch"] }];
const STREAMED =
  "/api/v1/pods?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1";

function pod(name: string): ApiObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default" },
    spec: { nodeName: "worker", containers: [{ name: "main", image: "main" }] },
    status: { phase: "Running", podIP: "10.244.1.5", podIPs: [{ ip: "10.244.1.5" }] },
  };
}

/** Events of a watch that has ended. */
function eventsOf({ status, text }: ApiResponse): { type: string; object: ApiObject & { code?: number } }[] {
  assert.equal(status, 200, text);
  return text
    .trimEnd()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

async function start(t: { after: (end: () => Promise<void>) => void }, options = {}): Promise<Kubernetes> {
  const kubernetes = await startKubernetes(options);
  t.after(() => kubernetes.stop());
  return kubernetes;
}

test("a pod is created, terminated and deleted as by a kubelet", async (t) => {
  const { admin } = await start(t);
  const made = await admin.create(pod("web"));
  assert.match(made.metadata.uid ?? "", /^[0-9a-f-]{36}$/);
  assert.deepEqual(made.status, { ...made.status, ...pod("web").status });

  await admin.delete(made, 30);
  const ending = await admin.get("/api/v1/namespaces/default/pods/web");
  assert.equal(typeof ending.metadata.deletionTimestamp, "string");
  await admin.delete(made);
  assert.equal((await admin.request("GET", "/api/v1/namespaces/default/pods/web")).status, 404);
});

test("a service account has the rights of its rules, its requests are logged, and its old token is revoked", async (t) => {
  const kubernetes = await start(t);
  const account = await createServiceAccount(kubernetes, "agent", READ_PODS);
  t.after(() => account.close());
  const { api } = account;
  assert.equal((await api.request("GET", "/api/v1/pods")).status, 200);
  assert.equal((await api.request("GET", "/api/v1/services")).status, 403);
  await account.allow([]);
  await until("the right is revoked", async () => (await api.request("GET", "/api/v1/pods")).status === 403);
  assert.deepEqual(
    kubernetes
      .requests()
      .slice(0, 2)
      .map(({ user, verb, resource, uri, status }) => [user, verb, resource, uri, status]),
    [
      ["system:serviceaccount:wirespan:agent", "list", "pods", "/api/v1/pods", 200],
      ["system:serviceaccount:wirespan:agent", "list", "services", "/api/v1/services", 403],
    ],
  );

  await account.rotateToken();
  await until("the old token is rejected", async () => (await api.request("GET", "/api/v1/pods")).status === 401);
  assert.equal((await account.api.request("GET", "/api/v1/pods")).status, 403);
});

test("a restarted API server has its objects, and expires the resourceVersions of earlier watches", async (t) => {
  const { admin, kill, start: startAgain } = await start(t);
  await admin.create(pod("first"));
  const { metadata } = await admin.get("/api/v1/pods");
  await admin.create(pod("second"));
  await kill();
  await assert.rejects(admin.get("/api/v1/pods"));
  await startAgain();
  assert.equal((await admin.get<{ items: ApiObject[] }>("/api/v1/pods")).items.length, 2);
  const watch = `/api/v1/pods?watch=1&timeoutSeconds=1&resourceVersion=${metadata.resourceVersion}`;
  const [only] = eventsOf(await admin.request("GET", watch));
  assert.deepEqual([only?.type, only?.object.code], ["ERROR", 410]);
});

test("after a compaction the rest of a paged list has expired, and so has an earlier watch", async (t) => {
  const { admin, etcd } = await start(t, { args: ["--watch-cache=false"] });
  for (const name of ["a", "b", "c"]) await admin.create(pod(name));
  const page = await admin.get("/api/v1/pods?limit=1");
  for (const changed of ["once", "twice"]) await admin.patch(pod("a"), { metadata: { labels: { changed } } });
  const watch = `/api/v1/pods?watch=1&timeoutSeconds=1&resourceVersion=${page.metadata.resourceVersion}`;
  assert.deepEqual(
    eventsOf(await admin.request("GET", watch)).map(({ type }) => type),
    ["MODIFIED", "MODIFIED"],
  );
  await etcd.compact();
  const rest = await admin.request("GET", `/api/v1/pods?limit=1&continue=${page.metadata.continue}`);
  assert.equal(rest.status, 410, rest.text);
  const [only] = eventsOf(await admin.request("GET", watch));
  assert.deepEqual([only?.type, only?.object.code], ["ERROR", 410], only?.object.message as string);
});

test("an API server streams lists", async (t) => {
  const { admin } = await start(t);
  await admin.create(pod("web"));
  const events = eventsOf(await admin.request("GET", STREAMED));
  assert.deepEqual(
    events.map(({ type }) => type),
    ["ADDED", "BOOKMARK"],
  );
});

test("an API server without the feature gate refuses to stream lists", async (t) => {
  const { admin } = await start(t, { streamsLists: false });
  assert.equal((await admin.request("GET", STREAMED)).status, 422);
});

test("a relay counts bytes, and cuts connections", async (t) => {
  const kubernetes = await start(t);
  const relay = await startRelay(kubernetes.port);
  t.after(() => relay.stop());
  const ca = readFileSync(kubernetes.authority);
  const socket = connectTls({ port: relay.port, host: "127.0.0.1", ca });
  await new Promise((resolve) => socket.once("secureConnect", resolve));
  assert.ok(relay.sent() > 100 && relay.received() > 500);
  assert.equal(relay.connections(), 1);
  const closed = new Promise((resolve) => socket.on("error", () => {}).once("close", resolve));
  relay.cut();
  await closed;
});
