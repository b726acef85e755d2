import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { capture, file, RECORDING, temporaryFolder, wirespan } from "../support/cli/wirespan.ts";

const BOUND = { timeout: 60_000 };
const CLUSTER = join(RECORDING, "cluster.json");

/** What is said of a replay of node-a's capture as this node's. */
async function saidOf(node: readonly string[], cluster = CLUSTER): Promise<string> {
  const { code, stderr } = await wirespan(["replay", ...node, "--cluster", cluster]);
  assert.equal(code, 0, stderr);
  return stderr;
}

test("a node that hides most of a capture is told of, though something is left", BOUND, async () => {
  const a = capture("node-a");
  const wrong =
    /most of what \S+node-a\.pcap shows, (\d+) of (\d+), is left to the agents of other nodes, since its node is node-b; leave out --node/;
  for (const args of [
    [a, "--node", "node-b"],
    ["--capture", `node-b=${a}`],
  ]) {
    const [, hidden, all] = wrong.exec(await saidOf(args)) ?? [];
    assert.ok(Number(hidden) > Number(all) / 2, `${hidden} of ${all}`);
  }
  assert.doesNotMatch(await saidOf([a, "--node", "node-a"]), /most of what/);
  assert.doesNotMatch(await saidOf([a]), /most of what/);
});

test("pods without the node that runs them are named as the reason", BOUND, async (t) => {
  const list = JSON.parse(readFileSync(CLUSTER, "utf8"));
  for (const { kind, spec } of list.items) if (kind === "Pod") delete spec.nodeName;
  const stripped = file(temporaryFolder(t), "cluster.json", JSON.stringify(list));
  const said = await saidOf([capture("node-a"), "--node", "node-a"], stripped);
  assert.match(
    said,
    /since its node is node-a; (\d+) of \1 pods have no spec\.nodeName, .*: make the cluster file with kubectl get -o json/,
  );
});

test("a pod counts once, however often a log tells of it", BOUND, async (t) => {
  const list = JSON.parse(readFileSync(CLUSTER, "utf8"));
  for (const { kind, spec } of list.items) if (kind === "Pod") delete spec.nodeName;
  const pods = list.items.filter(({ kind, status }: { kind: string; status?: { podIP?: string } }) => {
    return kind === "Pod" && typeof status?.podIP === "string";
  });
  const lines = [1, 2, 3].flatMap(() =>
    pods.map((object: object) => JSON.stringify({ t: 0, type: "MODIFIED", object })),
  );
  const folder = temporaryFolder(t);
  const stripped = file(folder, "cluster.json", JSON.stringify(list));
  const log = file(folder, "events.jsonl", `${lines.join("\n")}\n`);
  const said = await saidOf([capture("node-a"), "--node", "node-a", "--events", log], stripped);
  assert.match(said, new RegExp(`; ${pods.length} of ${pods.length} pods have no spec\\.nodeName`));
});
