import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { capture, file, RECORDING, temporaryFolder, wirespan } from "../support/cli/wirespan.ts";

const BOUND = { timeout: 60_000 };
const CHANGES = join(RECORDING, "events.jsonl");
const CLUSTER = join(RECORDING, "cluster.json");
const LACKS =
  /log of events (\S+) has no nodes: .*; pass --cluster FILE too, or a log from wirespan record, which begins with all objects/;

test("the kinds that a log of changes lacks are printed", BOUND, async () => {
  const { code, stderr } = await wirespan(["replay", capture("node-a"), "--events", CHANGES]);
  assert.equal(code, 0, stderr);
  assert.equal(LACKS.exec(stderr)?.[1], CHANGES);
  assert.match(stderr, /has no services: /);
});

test("a log that begins with all objects, or is used with a cluster file, lacks no kind", BOUND, async (t) => {
  const lines = JSON.parse(readFileSync(CLUSTER, "utf8")).items.map((object: object) =>
    JSON.stringify({ t: 0, type: "ADDED", object }),
  );
  const whole = file(temporaryFolder(t), "whole.jsonl", `${lines.join("\n")}\n`);
  for (const known of [
    ["--events", whole],
    ["--events", CHANGES, "--cluster", CLUSTER],
  ]) {
    const { stderr } = await wirespan(["replay", capture("node-a"), ...known]);
    assert.doesNotMatch(stderr, /has no /);
  }
});
