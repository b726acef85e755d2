// `wirespan agent` with names from the Kubernetes API, and options that cannot be combined.
import assert from "node:assert/strict";
import { hostname } from "node:os";
import { type TestContext, test } from "node:test";
import { pcapFile } from "../capture/support/capture-bytes.ts";
import { type ApiReply, kubeconfigOf, startOddApi, streamLists } from "../kubernetes/client/support/odd-api.ts";
import { CLUSTER, type Ended, ended, file, start, temporaryFolder, wirespan } from "../support/cli/wirespan.ts";
import { ethernet, ipv4, tcp } from "../support/packet-builder.ts";
import { until } from "../support/until.ts";

const BOUND = { timeout: 60_000 };

const REJECTED: readonly { name: string; args: readonly string[]; says: RegExp }[] = [
  {
    name: "--kubeconfig with --cluster",
    args: ["--kubeconfig", "any", ...CLUSTER],
    says: /--kubeconfig cannot be combined with --cluster or --events; omit one of them/,
  },
  {
    name: "--kubeconfig with --no-kubernetes",
    args: ["--kubeconfig", "any", "--no-kubernetes"],
    says: /--kubeconfig cannot be combined with --no-kubernetes/,
  },
  {
    name: "--watch-pods node with --cluster",
    args: ["--watch-pods", "node", ...CLUSTER],
    says: /--watch-pods node requires the Kubernetes API; omit it/,
  },
  {
    name: "--watch-pods node with --no-kubernetes",
    args: ["--watch-pods", "node", "--no-kubernetes"],
    says: /--watch-pods node requires the Kubernetes API/,
  },
];
for (const { name, args, says } of REJECTED) {
  test(`${name} is rejected in one sentence`, BOUND, async () => {
    const { code, stderr } = await wirespan(["agent", "--device", "lo", ...args]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, says);
    assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
  });
}

const lists = (...nodes: readonly string[]): ApiReply =>
  streamLists({ Node: nodes.map((name) => ({ metadata: { name } })) });

/** Starts an agent on the loopback interface, and waits until it captures or ends. */
async function agentOn(t: TestContext, api: ApiReply, args: readonly string[], env: Record<string, string> = {}) {
  const server = await startOddApi(t, api);
  const command = ["agent", "--device", "lo", "--format", "jsonl", "--kubeconfig", kubeconfigOf(t, server), ...args];
  const child = start(command, { env });
  t.after(() => child.kill("SIGKILL"));
  const end = ended(child);
  let stderr = "";
  child.stderr.on("data", (text) => {
    stderr += text;
  });
  await until("it captures or ends", () => stderr.includes("capturing on") || child.exitCode !== null);
  return {
    requests: server.requests,
    async stop(): Promise<Ended> {
      child.kill("SIGTERM");
      return end;
    },
  };
}

test(
  "the node is that of --node, then of NODE_NAME, then the host name if the cluster has such a node",
  BOUND,
  async (t) => {
    for (const [args, env, node] of [
      [["--node", "b"], { NODE_NAME: "a" }, "b"],
      [[], { NODE_NAME: "a" }, "a"],
      [[], {}, hostname()],
    ] as const) {
      const agent = await agentOn(t, lists("a", "b", hostname()), args, { ...env });
      const { code, stderr } = await agent.stop();
      assert.equal(code, 0, stderr);
      assert.ok(stderr.includes(`capturing on lo of ${node}\n`), stderr);
    }
  },
);

test("an agent with an unknown node name warns, and captures", BOUND, async (t) => {
  const { code, stderr } = await (await agentOn(t, lists("a", "b"), [])).stop();
  assert.equal(code, 0, stderr);
  assert.match(stderr, /node name unknown: reporting every observed connection, duplicates possible; set --node/);
  assert.match(stderr, /capturing on lo\n/);
});

test("a node that the cluster does not have ends the agent with the list of nodes", BOUND, async (t) => {
  const { code, stderr } = await (await agentOn(t, lists("a", "b"), ["--node", "z"])).stop();
  assert.equal(code, 2, stderr);
  assert.match(stderr, /--node "z" is not in the cluster; its nodes are a, b\n/);
});

test("--watch-pods node watches the pods of the node in NODE_NAME", BOUND, async (t) => {
  const agent = await agentOn(t, lists("a"), ["--watch-pods", "node"], { NODE_NAME: "a" });
  assert.equal((await agent.stop()).code, 0);
  const selectors = agent.requests.map((path) => new URL(path, "http://x").searchParams.get("fieldSelector"));
  assert.deepEqual(
    selectors.filter((selector) => selector !== null),
    ["spec.nodeName=a"],
  );
});

test("labels name a workload instead of its owner only with --prefer-labels, from API and file", BOUND, async (t) => {
  const labels = { "app.kubernetes.io/name": "shopfront" };
  const pod = (name: string, podIP: string) => ({
    kind: "Pod",
    metadata: { name, namespace: "shop", uid: name, labels },
    spec: { containers: [] },
    status: { phase: "Running", podIP, podIPs: [{ ip: podIP }] },
  });
  const pods = [pod("web", "10.1.0.5"), pod("cart", "10.1.0.6")];
  const folder = temporaryFolder(t);
  const cluster = file(folder, "cluster.json", JSON.stringify({ kind: "List", items: pods }));
  const [there, back] = [
    { source: "10.1.0.5", destination: "10.1.0.6" },
    { source: "10.1.0.6", destination: "10.1.0.5" },
  ];
  const syn = tcp({ sourcePort: 40_000, destinationPort: 80, flags: 0x02, sequence: 5 });
  const answer = tcp({ sourcePort: 80, destinationPort: 40_000, flags: 0x12, sequence: 7, acknowledgement: 6 });
  // Objects of the first list have no start time, so the packets come after it.
  const seconds = Math.floor(Date.now() / 1_000) + 60;
  const packets = [ethernet(ipv4(there, syn)), ethernet(ipv4(back, answer))];
  const path = file(folder, "node.pcap", pcapFile(packets.map((bytes, i) => ({ seconds, fraction: i * 400, bytes }))));
  const { url } = await startOddApi(t, streamLists({ Pod: pods }));
  const api = ["agent", "--file", path, "--kubeconfig", kubeconfigOf(t, { url })];
  for (const command of [api, ["replay", path, "--cluster", cluster]]) {
    for (const [more, name] of [
      [[], "web"],
      [["--prefer-labels"], "shopfront"],
    ] as const) {
      const { code, stdout, stderr } = await wirespan([...command, "--format", "jsonl", ...more]);
      assert.equal(code, 0, stderr);
      const [, line = "{}"] = stdout.split("\n");
      assert.equal(JSON.parse(line).client?.serviceName, name, stdout);
    }
  }
});
