import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { judgeRecording, verdictLine } from "../../scripts/accuracy/accuracy.ts";
import { repositoryRoot } from "../support/paths.ts";
import type { TruthLine } from "./traffic/truth.ts";

const folder = join(repositoryRoot, "test", "lab", "recording");

test("the shipped recording is small enough to ship", () => {
  const bytes = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  assert.ok(bytes < 500_000, `${bytes} bytes`);
});

test("the shipped recording shows a failing dependency, an external interface and pods that come late", () => {
  const lines = readFileSync(join(folder, "truth.jsonl"), "utf8").trim().split("\n");
  const truth = lines.map((line) => JSON.parse(line) as TruthLine);
  const has = (fits: (line: TruthLine) => boolean) => assert.ok(truth.some(fits), String(fits));
  has(({ outcome, expect }) => outcome === "refused" && expect.server === "service:shop/legacy-inventory");
  has(({ outcome, expect }) => outcome === "timeout" && expect.server === "external:fraud-check.example.com");
  has(({ expect }) => expect.server === "external:api.payments.example.com");
  has((line) => line.case === "address not yet known");
  has((line) => line.case === "address reuse, first moment");
});

test("a replay of the shipped recording reports exactly the traffic", async (t) => {
  const verdict = await judgeRecording(folder);
  t.diagnostic(verdictLine("recording", verdict));
  assert.deepEqual(verdict.mistakes, []);
});
