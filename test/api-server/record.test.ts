// `wirespan record` with a real API server, and the replay of its log.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ClusterFeed } from "../../src/inventory/cluster-feed.ts";
import { readEventsFile } from "../../src/kubernetes/files/events-file.ts";
import { ended, file, start, temporaryFolder, wirespan } from "../support/cli/wirespan.ts";
import { until } from "../support/until.ts";
import { pod, smallCluster } from "./support/small-cluster.ts";

const BOUND = { timeout: 180_000 };

test("a record contains all objects and every change, in the format of --events, and no secret", BOUND, async (t) => {
  const { kubernetes, environment } = await smallCluster(t);
  const log = join(temporaryFolder(t), "events.jsonl");
  const child = start(["record", "--cluster-log", log], { env: environment });
  t.after(() => child.kill("SIGKILL"));
  const end = ended(child);
  const written = () => (existsSync(log) ? readFileSync(log, "utf8") : "");
  await until("the first list is written", () => written().includes('"lonely"'));

  const late = await kubernetes.admin.create(pod("late", "here", "10.1.0.9"));
  await until("the new pod is written", () => written().includes('"10.1.0.9"'));
  await kubernetes.admin.delete(late, 0);
  await until("its deletion is written", () => /"DELETED".*"late"/.test(written()));
  child.kill("SIGTERM");
  const { code, stderr } = await end;
  assert.equal(code, 0, stderr);
  assert.doesNotMatch(written(), /hunter2/);

  const events = readEventsFile(log);
  const { index } = replayed(events);
  const [from = 0, to = 0] = events
    .filter(({ object }) => object.metadata?.name === "late")
    .flatMap(({ type, timeMicros, object }) => (type === "DELETED" || object.status?.podIP ? [timeMicros] : []));
  const owner = index.ownerOf("10.1.0.9", (from + to) / 2);
  assert.equal(owner.type === "pod" && owner.pod.name, "late");
  assert.equal(index.ownerOf("10.1.0.9", to + 1e6).type, "ended-pod");
  assert.equal(stderr.match(/wrote \d+ events to/g)?.length, 1);
});

function replayed(events: ReturnType<typeof readEventsFile>): ClusterFeed {
  const feed = new ClusterFeed([], events);
  feed.advance(Number.MAX_VALUE);
  return feed;
}

test("a kubeconfig gives access like a pod's service account; an invalid one is one sentence", async (t) => {
  const { kubernetes, account } = await smallCluster(t);
  const folder = temporaryFolder(t);
  const config = (server: string) =>
    JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      "current-context": "lab",
      clusters: [{ name: "lab", cluster: { server, "certificate-authority": join(account.folder, "ca.crt") } }],
      users: [{ name: "me", user: { token: readFileSync(join(account.folder, "token"), "utf8") } }],
      contexts: [{ name: "lab", context: { cluster: "lab", user: "me" } }],
    });
  const right = file(folder, "right.yaml", config(kubernetes.url));
  const doctor = ["doctor", "--device", "lo", "--seconds", "0"];
  const { stdout } = await wirespan([...doctor, "--kubeconfig", right], { env: { NODE_NAME: "here" } });
  assert.match(stdout, /^ok {7}Kubernetes {4}v1\.34\.4 answers at https:/m);
  assert.match(stdout, /^ok {7}rights {8}list and watch on nodes, /m);
  assert.match(stdout, /^ok {7}clock/m);
  assert.match(stdout, /^ok {7}node {10}here is in the cluster$/m);

  const wrong = file(folder, "wrong.yaml", "clusters: [");
  for (const [path, why] of [
    [wrong, /cannot be read: .*try kubectl --kubeconfig/],
    [join(folder, "none.yaml"), /does not exist; check the path/],
    [file(folder, "empty.yaml", "apiVersion: v1\nkind: Config\n"), /names no current cluster; choose one/],
  ] as const) {
    const { code, stderr } = await wirespan(["agent", "--device", "lo", "--kubeconfig", path]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, why);
    assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
  }
});

test("doctor names each missing right, a missing node, and an unreachable API server", async (t) => {
  const { kubernetes, account, environment } = await smallCluster(t);
  const doctor = (node: string) =>
    wirespan(["doctor", "--device", "lo", "--seconds", "0"], { env: { ...environment, NODE_NAME: node } });
  await account.allow([{ apiGroups: [""], resources: ["pods", "nodes", "services"], verbs: ["get", "list"] }]);
  await until(
    "the rights are revoked",
    async () => (await account.api.request("GET", "/apis/batch/v1/jobs")).status === 403,
  );
  const poor = await doctor("nowhere");
  assert.equal(poor.code, 1, "a node that is not in the cluster");
  assert.match(poor.stdout, /^warning {2}rights .* forbids this user to watch pods: allow watch on pods/m);
  assert.match(poor.stdout, /^warning {2}rights .* forbids this user to list and watch jobs\.batch: .*CronJob/m);
  assert.match(poor.stdout, /^failed {3}node .* NODE_NAME nowhere is not in the cluster/m);
  assert.equal(poor.stdout.match(/^warning {2}rights/gm)?.length, 6);

  await kubernetes.kill();
  const away = await doctor("here");
  assert.match(away.stdout, /^failed {3}Kubernetes .* does not answer; check that this machine reaches it$/m);
  assert.equal(away.code, 1);
});
