// What `helm test` runs, on a real API server, with exactly the rights of the chart's Role.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, type TestContext, test } from "node:test";
import { type Kubernetes, startKubernetes } from "../servers/kubernetes.ts";
import type { ApiObject } from "../servers/kubernetes-api.ts";
import { createServiceAccount, type RbacRule, type ServiceAccount } from "../servers/service-account.ts";
import { type Ended, wirespan } from "../support/cli/wirespan.ts";
import { NAMESPACE, renderObjects } from "./helm.ts";
import { container, only, podTemplate } from "./pod-spec.ts";

const refusal = (pod: string) =>
  `Error creating: pods "${pod}" is forbidden: violates PodSecurity "baseline:latest": host namespaces`;

describe("helm test", () => {
  let kubernetes: Kubernetes;
  let account: ServiceAccount;
  let daemonSet: ApiObject;
  let args: readonly string[];

  before(async () => {
    kubernetes = await startKubernetes();
    const { admin } = kubernetes;
    const objects = await renderObjects();
    const { rules } = only(objects, "Role") as unknown as { rules: RbacRule[] };
    account = await createServiceAccount(kubernetes, "test", rules);
    await admin.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
    daemonSet = await admin.create(only(objects, "DaemonSet"));
    // Without the address of the node's agent, which each test gives.
    const { args: all } = container(podTemplate(only(objects, "Job")).spec, "test");
    args = all.filter((argument) => !/^--(agent|seconds)=/.test(argument));
    assert.equal(args[0], "verify");
  });
  after(async () => {
    account.close();
    await kubernetes.stop();
  });

  const verify = (...more: string[]): Promise<Ended> => wirespan([...args, ...more], { env: account.environment });
  const status = (desired: number, ready: number, updated = desired) =>
    kubernetes.admin.patchStatus(daemonSet, {
      currentNumberScheduled: desired,
      numberMisscheduled: 0,
      desiredNumberScheduled: desired,
      numberReady: ready,
      updatedNumberScheduled: updated,
      observedGeneration: 1,
    });

  test("no node fits: the sentence names what excludes them", async () => {
    await status(0, 0);
    const { code, stdout } = await verify("--seconds=1");
    assert.deepEqual(
      [code, stdout],
      [
        1,
        "failed   agents        no node is selected to run an agent; check nodeSelector, affinity and tolerations of the DaemonSet\n",
      ],
    );
  });

  test("no pod is admitted: 0 of 3, because of what the DaemonSet's events say, once, and what to do", async () => {
    await status(3, 0);
    const later = `(combined from similar events): ${refusal("wirespan-b")}`;
    await kubernetes.admin.create(event("refusal", "DaemonSet", "wirespan", "FailedCreate", refusal("wirespan-a")));
    await kubernetes.admin.create(event("refusals", "DaemonSet", "wirespan", "FailedCreate", later));
    await kubernetes.admin.create(event("other", "DaemonSet", "another", "FailedCreate", "not ours"));
    const { code, stdout } = await verify("--seconds=1");
    assert.equal(code, 1);
    const [first = "", ...more] = stdout.split("; allow it: ");
    assert.equal(
      first.replace(/wirespan-[ab]/, "?"),
      `failed   agents        0 of 3 agents are ready, because FailedCreate: ${refusal("?")}`,
    );
    const label = `kubectl label namespace ${NAMESPACE} pod-security.kubernetes.io/enforce=privileged --overwrite`;
    assert.deepEqual(more, [`${label}\n`]);
  });

  test("a container does not start: its own last words", async () => {
    const pod: ApiObject = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "wirespan-x", namespace: NAMESPACE, labels: podTemplate(daemonSet).metadata.labels },
      spec: { containers: [{ name: "sensor", image: "wirespan" }] },
    };
    const waiting = { reason: "CrashLoopBackOff", message: "back-off 5m0s restarting failed container" };
    const terminated = { exitCode: 1, message: "wirespan: cannot capture: requires CAP_NET_RAW\n" };
    const ofContainer = { name: "sensor", ready: false, restartCount: 3, image: "", imageID: "" };
    const containerStatuses = [{ ...ofContainer, state: { waiting }, lastState: { terminated } }];
    await kubernetes.admin.create({ ...pod, status: { containerStatuses } });
    await status(3, 1);
    const { code, stdout } = await verify("--seconds=1");
    assert.match(
      stdout,
      /^warning {2}agents {8}1 of 3 agents are ready, because container sensor: CrashLoopBackOff: wirespan: cannot capture: requires CAP_NET_RAW; FailedCreate: /,
    );
    assert.match(
      stdout,
      /^warning {2}edge {10}only the pods were checked; pass --agent or --prometheus to verify an edge$/m,
    );
    assert.equal(code, 0);
  });

  test("the kernel killed a container, and events of the hour before are over: its memory limit, and no other advice", async () => {
    // The DaemonSet could not create pods in the tests before, and now has all of them.
    const message = "wirespan: names come from the Kubernetes API at https://10.96.0.1:443";
    const waiting = { reason: "CrashLoopBackOff", message: "back-off 10s restarting failed container" };
    const terminated = { exitCode: 137, reason: "OOMKilled", message };
    const ofContainer = { name: "agent", ready: false, restartCount: 2, image: "", imageID: "" };
    const containerStatuses = [{ ...ofContainer, state: { waiting }, lastState: { terminated } }];
    const { labels } = podTemplate(daemonSet).metadata;
    const metadata = { name: "wirespan-y", namespace: NAMESPACE, labels };
    const spec = { containers: [{ name: "agent", image: "wirespan" }] };
    await kubernetes.admin.create({ apiVersion: "v1", kind: "Pod", metadata, spec, status: { containerStatuses } });
    await kubernetes.admin.create(
      event("back-off", "Pod", "wirespan-y", "BackOff", "Back-off restarting failed container"),
    );
    await kubernetes.admin.create(event("failed", "Pod", "wirespan-z", "Failed", "of a pod that was replaced"));
    await status(2, 0);
    const { code, stdout } = await verify("--seconds=1");
    assert.equal(code, 1);
    const sensor = "container sensor: CrashLoopBackOff: wirespan: cannot capture: requires CAP_NET_RAW";
    const killed = "container agent: CrashLoopBackOff: OOMKilled; raise its memory limit";
    assert.equal(stdout, `failed   agents        0 of 2 agents are ready, because ${sensor}; ${killed}\n`);
  });

  test("all agents are ready, the node's agent reports, the Collector accepts, and the graph has the edge", async (t) => {
    await status(3, 3);
    const agent = await growingAgent(t);
    const prometheus = await prometheusWith(t, { client: "wirespan-test", server: "kubernetes" });
    const { code, stdout, stderr } = await verify(
      "--seconds=30",
      `--agent=[127.0.0.1]:${agent}`,
      `--prometheus=${prometheus}`,
    );
    assert.equal(stderr, "");
    assert.equal(
      stdout,
      [
        "ok       agents        3 of 3 agents are ready",
        "ok       edge          the agent of this node reported connections: 1",
        "ok       Collector     accepted span pairs of this node: 1",
        "ok       graph         shows wirespan-test → kubernetes, 7 times",
        "",
      ].join("\n"),
    );
    assert.equal(code, 0);
  });

  test("an update that goes on is waited for, and reported", async () => {
    await status(3, 3, 2);
    const { code, stdout } = await verify("--seconds=1");
    assert.equal(
      stdout.split("\n")[0],
      "warning  agents        3 of 3 agents are ready, but an update of the DaemonSet is in progress; run this again when it is complete",
    );
    assert.equal(code, 0);
  });

  test("nothing comes: each step that failed says so, with what the agent says of itself", async (t) => {
    await status(3, 3);
    const agent = await growingAgent(t, "warning: span pairs: http://10.0.0.5:4317 refuses the connection");
    const prometheus = await prometheusWith(t, null);
    const { code, stdout } = await verify("--seconds=1", `--agent=127.0.0.1:${agent}`, `--prometheus=${prometheus}`);
    assert.equal(code, 1);
    assert.match(
      stdout,
      /^failed {3}edge {10}the agent of this node reported no connection in 1 s; span pairs: .* refuses the connection$/m,
    );
    assert.match(stdout, /^failed {3}Collector {5}accepted no span pair of this node in 1 s; /m);
    assert.match(
      stdout,
      /^failed {3}graph {9}.* has no edge of wirespan-test after 1 s; check that the Collector has/m,
    );
  });

  test("another program has the agent's port: a sentence, not a proof", async (t) => {
    await status(3, 3);
    const { code, stdout } = await verify("--seconds=2", `--agent=127.0.0.1:${await serve(t, () => "hello\n")}`);
    assert.equal(code, 1);
    assert.match(
      stdout,
      /^failed {3}edge {10}another program answers at http:.*, not an agent; choose another health\.port$/m,
    );
  });

  test("a right that is missing is one sentence", async () => {
    await account.allow([]);
    const { code, stdout } = await verify("--seconds=1");
    assert.equal(code, 1);
    assert.match(
      stdout,
      /^failed {3}agents {8}the API server responds with HTTP 403 \(daemonsets\.apps "wirespan" is forbidden/,
    );
  });
});

test("wrong options are one sentence each", async () => {
  for (const [option, sentence] of [
    [
      "--daemonset=wirespan",
      /invalid --daemonset "wirespan": expected NAMESPACE\/NAME, such as observability\/wirespan/,
    ],
    ["--agent=19464", /invalid --agent "19464": expected ADDRESS:PORT, such as 10\.0\.0\.5:19464 or \[fd00::5\]:19464/],
    ["--prometheus=prometheus:9090", /--prometheus "prometheus:9090" is not a URL/],
    ["--seconds=soon", /invalid --seconds "soon": expected seconds from 0 to 3600/],
  ] as const) {
    const { code, stderr } = await wirespan([
      "verify",
      ...(option.startsWith("--d") ? [] : ["--daemonset=a/b"]),
      option,
    ]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, sentence);
  }
});

function event(name: string, kind: string, involved: string, reason: string, message: string): ApiObject {
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name, namespace: NAMESPACE },
    type: "Warning",
    reason,
    message,
    involvedObject: { apiVersion: "apps/v1", kind, name: involved, namespace: NAMESPACE },
  };
}

async function serve(t: TestContext, answer: (path: string) => string): Promise<number> {
  const server = createServer(({ url = "" }, response) => response.end(answer(url))).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** Port of an agent that has counted one connection and one pair more whenever it is asked; none, with a problem. */
function growingAgent(t: TestContext, problem?: string): Promise<number> {
  let asked = 0;
  return serve(t, (path) => {
    if (path === "/readyz") return `ready\nok: packets are captured\n${problem}\n`;
    const count = problem === undefined ? asked++ : 0;
    return `wirespan_build_info{version="1"} 1\nwirespan_interactions_total{outcome="established"} ${count}\nwirespan_pairs_sent_total ${count}\n`;
  });
}

async function prometheusWith(t: TestContext, metric: Record<string, string> | null): Promise<string> {
  const result = metric === null ? [] : [{ metric, value: [0, "7"] }];
  return `http://127.0.0.1:${await serve(t, () => JSON.stringify({ status: "success", data: { result } }))}`;
}
