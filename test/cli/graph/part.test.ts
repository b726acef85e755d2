import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { CLUSTER, capture, temporaryFolder, wirespan } from "../../support/cli/wirespan.ts";

const CAPTURES = ["--capture", `node-a=${capture("node-a")}`, "--capture", `node-b=${capture("node-b")}`];

test("a graph that was saved in part says so to every command that reads it, until the whole is merged with it", async (t) => {
  const folder = temporaryFolder(t);
  const [whole, part] = [join(folder, "whole.json"), join(folder, "part.json")];
  assert.equal((await wirespan(["snapshot", ...CLUSTER, ...CAPTURES, "-o", whole])).code, 0);
  const saved = await wirespan(["snapshot", "--graph", whole, "-n", "data", "-o", part]);
  assert.deepEqual([saved.code, saved.stderr.includes("part")], [0, false]);
  const sentence = /^wirespan: the graph is partial, saved with -n data: .*; save the whole graph$/m;
  const deny = join(folder, "deny.yaml");
  writeFileSync(deny, "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: a}, spec: {}}");
  for (const args of [
    ["policies", "--graph", part],
    ["policies", "check", deny, "--graph", part],
    ["intents", "--graph", part],
    ["blast-radius", "data/orders-db", "--graph", part],
    ["rollout", "--graph", part],
    ["diff", part, whole],
    ["merge", part],
    ["edges", "--graph", part],
  ]) {
    assert.match((await wirespan(args)).stderr, sentence, args.join(" "));
  }
  const head = (await wirespan(["policies", "--graph", part])).stdout.split("---")[0] ?? "";
  assert.match(head, /^# incomplete: the graph is partial, saved with -n data: /m);
  const merged = await wirespan(["merge", part, whole]);
  assert.doesNotMatch(merged.stderr, sentence);
  assert.equal(merged.stdout, readFileSync(whole, "utf8"));
});
