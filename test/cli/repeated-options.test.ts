import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { pcapFile } from "../capture/support/capture-bytes.ts";
import { file, temporaryFolder, wirespan } from "../support/cli/wirespan.ts";
import { pod, service, threeNodes } from "../support/cluster/cluster-objects.ts";
import { ethernet, ipv4, tcp } from "../support/packet-builder.ts";

const SYN = { sourcePort: 40_000, destinationPort: 80, flags: 0x02, sequence: 100 };
const SYN_ACK = { sourcePort: 80, destinationPort: 40_000, flags: 0x12, sequence: 5, acknowledgement: 101 };
const [CLIENT, SERVER] = ["10.244.1.5", "10.244.1.6"];

const CAPTURE = pcapFile(
  [
    ethernet(ipv4({ source: CLIENT, destination: SERVER }, tcp(SYN))),
    ethernet(ipv4({ source: SERVER, destination: CLIENT }, tcp(SYN_ACK))),
  ].map((bytes, i) => ({ seconds: 1_795_417_200, fraction: i * 100, bytes })),
);
const list = (...items: object[]): string => JSON.stringify({ kind: "List", items });

function inputs(folder: string) {
  return {
    capture: file(folder, "a.pcap", CAPTURE),
    nodes: file(folder, "nodes.json", list(...threeNodes(), service("shop/web"))),
    client: file(folder, "client.json", list(pod("shop/client-0", { ip: CLIENT, node: "a" }))),
    server: file(folder, "server.json", list(pod("shop/server-0", { ip: SERVER, node: "a" }))),
  };
}

test("the files of several --cluster options are one cluster, for replay and agent", async (t) => {
  const folder = temporaryFolder(t);
  const { capture, nodes, client, server } = inputs(folder);
  const clusters = [nodes, client, server].flatMap((path) => ["--cluster", path]);
  for (const command of [
    ["replay", capture],
    ["agent", "--no-kubernetes", "--file", capture],
  ]) {
    const run = await wirespan([...command, ...clusters, "--node", "a", "--format", "jsonl"]);
    assert.equal(run.code, 0, run.stderr);
    const [, line = ""] = run.stdout.split("\n");
    assert.match(line, /"client":\{"type":"workload","namespace":"shop","name":"client-0".*"name":"server-0"/);
  }
});

test("a result does not overwrite any of them", async (t) => {
  const { capture, nodes, client } = inputs(temporaryFolder(t));
  const run = await wirespan(["replay", capture, "--cluster", nodes, "--cluster", client, "-o", client]);
  assert.equal(run.code, 2);
  assert.match(run.stderr, /would overwrite the input .*client\.json/);
});

test("several --agents options are merged", async (t) => {
  const { capture, nodes } = inputs(temporaryFolder(t));
  const run = (node: string) =>
    wirespan(["replay", capture, "--cluster", nodes, "--agents", "a", "--agents", "b,c", "--node", node]);
  for (const node of ["a", "b", "c"]) assert.equal((await run(node)).code, 0);
});

test("a second value of a single-value option is rejected, but not the same value again", async (t) => {
  const folder = temporaryFolder(t);
  const { capture, nodes } = inputs(folder);
  const twice: readonly (readonly [option: string, one: string, other: string])[] = [
    ["--node", "a", "b"],
    ["--events", "one", "other"],
    ["--format", "json", "table"],
    ["--output", join(folder, "one"), join(folder, "other")],
    ["--stats", join(folder, "one"), join(folder, "other")],
    ["--cluster-domain", "one.local", "other.local"],
  ];
  for (const [option, one, other] of twice) {
    const { code, stderr, stdout } = await wirespan(["replay", capture, option, one, option, other]);
    assert.equal(code, 2, option);
    assert.match(
      stderr,
      new RegExp(`^wirespan: ${option} is passed twice \\("[^\n]*" and "[^\n]*"\\); pass it once\n$`),
    );
    assert.equal(stdout, "");
  }
  const same = await wirespan(["replay", capture, "--cluster", nodes, "--node", "a", "--node=a"]);
  assert.equal(same.code, 0, same.stderr);
  const agent = await wirespan(["agent", "--device", "lo", "--device", "eth0"]);
  assert.match(agent.stderr, /^wirespan: --device is passed twice/);
});

test("invalid objects are counted and reported once, and the rest of the cluster is used", async (t) => {
  const folder = temporaryFolder(t);
  const { capture, nodes, client } = inputs(folder);
  const wrong = { ...pod("shop/server-0", { ip: SERVER, node: "a" }) };
  const bad = file(
    folder,
    "bad.json",
    list({ ...wrong, metadata: { ...wrong.metadata, uid: { toString: 1 } } }, { kind: 7 }),
  );
  const clusters = [nodes, client, bad].flatMap((path) => ["--cluster", path]);
  for (const format of ["table", "jsonl", "html"]) {
    for (const command of [
      ["replay", capture],
      ["agent", "--no-kubernetes", "--file", capture],
    ]) {
      const run = await wirespan([...command, ...clusters, "--format", format]);
      assert.equal(run.code, 1, run.stderr);
      assert.match(
        run.stderr,
        /incomplete: 2 invalid objects were ignored \(first: [^\n]*uid is an object, not text\)/,
      );
      assert.doesNotMatch(run.stderr, /^ +at /m);
      assert.match(run.stdout, /client-0/);
    }
  }
});
