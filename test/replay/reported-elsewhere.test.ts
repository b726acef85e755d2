import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { capture, file, RECORDING, temporaryFolder, wirespan } from "../support/cli/wirespan.ts";

const BOUND = { timeout: 60_000 };
const CLUSTER = join(RECORDING, "cluster.json");

/** Standard error of a replay. */
async function stderrOf(node: readonly string[], cluster = CLUSTER): Promise<string> {
  const { code, stderr } = await wirespan(["replay", ...node, "--cluster", cluster]);
  assert.equal(code, 0, stderr);
  return stderr;
}

test("a wrong node, which hides most of a capture, is reported even if something is shown", BOUND, async () => {
  const a = capture("node-a");
  const wrong =
    /(\d+) of (\d+) connections and lookups of \S+node-a\.pcap are not shown, because the agents of other nodes than node-b report them; leave out --node/;
  for (const args of [
    [a, "--node", "node-b"],
    ["--capture", `node-b=${a}`],
  ]) {
    const [, hidden, all] = wrong.exec(await stderrOf(args)) ?? [];
    assert.ok(Number(hidden) > Number(all) / 2, `${hidden} of ${all}`);
  }
  assert.doesNotMatch(await stderrOf([a, "--node", "node-a"]), /are not shown/);
  assert.doesNotMatch(await stderrOf([a]), /are not shown/);
});

test("pods without a node name are reported as the reason", BOUND, async (t) => {
  const list = JSON.parse(readFileSync(CLUSTER, "utf8"));
  for (const { kind, spec } of list.items) if (kind === "Pod") delete spec.nodeName;
  const stripped = file(temporaryFolder(t), "cluster.json", JSON.stringify(list));
  const stderr = await stderrOf([capture("node-a"), "--node", "node-a"], stripped);
  assert.match(
    stderr,
    /of other nodes than node-a report them; (\d+) of \1 pods have no spec\.nodeName, .*: make the cluster file with kubectl get -o json/,
  );
});

test("a pod counts once, however often it is in a log", BOUND, async (t) => {
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
  const stderr = await stderrOf([capture("node-a"), "--node", "node-a", "--events", log], stripped);
  assert.match(stderr, new RegExp(`; ${pods.length} of ${pods.length} pods have no spec\\.nodeName`));
});
