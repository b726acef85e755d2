// K2: during an outage of the API server the known state stays, and after it every change is known.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startRelay } from "../servers/relay.ts";
import { until } from "../support/until.ts";
import { follow, pod, smallCluster } from "./support/small-cluster.ts";

const BOUND = { timeout: 180_000 };

test(
  "an API server that is killed and restarted: names stay, changes are known, and the outage is reported once",
  BOUND,
  async (t) => {
    const small = await smallCluster(t);
    const { kubernetes } = small;
    const { ownerOf, problems, cluster } = await follow(t, small, kubernetes.port);
    await kubernetes.kill();
    await until("all watches are down", () => cluster.watches()?.every(({ problem }) => problem !== null) === true);
    assert.equal(ownerOf("10.1.1.6"), "Pod lonely");
    assert.ok(cluster.watches()?.every(({ isSynced }) => isSynced));

    await kubernetes.start();
    await kubernetes.admin.create(pod("late", "here", "10.1.0.9"));
    await until("the new pod is known", () => ownerOf("10.1.0.9") === "Pod late");
    await until("all watches are up", () => cluster.watches()?.every(({ problem }) => problem === null) === true);
    assert.deepEqual(problems, [
      `the API server at https://127.0.0.1:${kubernetes.port} does not answer; check that this machine reaches it`,
      null,
    ]);
  },
);

test("410 Gone: a relist, deletions since the last sync, and no problem", BOUND, async (t) => {
  const small = await smallCluster(t);
  const { kubernetes } = small;
  const relay = await startRelay(kubernetes.port);
  t.after(() => relay.stop());
  const { ownerOf, problems, cluster } = await follow(t, small, relay.port);
  const beforeMicros = Date.now() * 1_000;
  relay.block(true);
  await kubernetes.admin.delete(pod("lonely", "there", "10.1.1.6"), 0);
  await kubernetes.admin.create(pod("successor", "there", "10.1.1.6"));
  // A restarted API server does not have the earlier resourceVersions.
  await kubernetes.kill();
  await kubernetes.start();
  relay.block(false);
  await until("the successor has the address", () => ownerOf("10.1.1.6") === "Pod successor");
  const { index } = cluster.feed;
  const before = index.ownerOf("10.1.1.6", beforeMicros - 1_000);
  assert.equal(before.type === "pod" && before.pod.name, "lonely");
  // Just before the list the owner is unknown; it must not be the former one.
  const during = index.ownerOf("10.1.1.6", Date.now() * 1_000 - 500_000);
  assert.notEqual(during.type === "pod" && during.pod.name, "lonely");
  assert.equal(ownerOf("10.1.1.5"), "Pod web-7d4b9c5f6d-8q2lb");
  await until("all watches are up", () => cluster.watches()?.every(({ problem }) => problem === null) === true);
  // The outage is a problem; the expired resourceVersion is not.
  assert.deepEqual(problems, [
    `the API server at https://127.0.0.1:${relay.port} does not answer; check that this machine reaches it`,
    null,
  ]);
  assert.ok(kubernetes.requests().filter(({ uri }) => uri.includes("sendInitialEvents")).length > 6);
});

test("after a broken connection the watch continues, without a relist", BOUND, async (t) => {
  const small = await smallCluster(t);
  const { kubernetes } = small;
  const relay = await startRelay(kubernetes.port);
  t.after(() => relay.stop());
  const { ownerOf } = await follow(t, small, relay.port);
  relay.cut();
  await kubernetes.admin.create(pod("late", "here", "10.1.0.9"));
  await until("the new pod is known", () => ownerOf("10.1.0.9") === "Pod late");
  const lists = kubernetes.requests().filter(({ uri }) => uri.includes("sendInitialEvents") || uri.includes("limit="));
  assert.equal(lists.length, 6);
});

test("a rotated token is used for the next request", BOUND, async (t) => {
  const small = await smallCluster(t);
  const { kubernetes, account } = small;
  const relay = await startRelay(kubernetes.port);
  t.after(() => relay.stop());
  const { ownerOf, problems } = await follow(t, small, relay.port);
  const old = account.api;
  await account.rotateToken();
  await until("the old token is rejected", async () => (await old.request("GET", "/api/v1/pods")).status === 401);
  old.close();
  relay.cut();
  await kubernetes.admin.create(pod("late", "here", "10.1.0.9"));
  await until("the new pod is known", () => ownerOf("10.1.0.9") === "Pod late");
  assert.deepEqual(
    problems.filter((problem) => problem?.includes("credentials")),
    [],
  );
});

test(
  "an API server that cannot stream lists is asked for pages, without another attempt for the other kinds",
  BOUND,
  async (t) => {
    const small = await smallCluster(t, { streamsLists: false });
    const { kubernetes } = small;
    for (let i = 0; i < 260; i++) await kubernetes.admin.create(pod(`many-${i}`, "there", `10.2.${i >> 8}.${i & 255}`));
    const { ownerOf, problems } = await follow(t, small, kubernetes.port);
    assert.equal(ownerOf("10.2.1.3"), "Pod many-259");
    assert.equal(ownerOf("10.1.1.6"), "Pod lonely");
    const pages = kubernetes.requests().filter(({ resource, uri }) => resource === "pods" && uri.includes("limit="));
    assert.deepEqual(
      pages.map(({ uri }) => uri.includes("continue=")),
      [false, true],
    );
    await kubernetes.admin.create(pod("late", "here", "10.1.0.9"));
    await until("the new pod is known", () => ownerOf("10.1.0.9") === "Pod late");
    assert.deepEqual(problems, []);
  },
);
