import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { type TestContext, test } from "node:test";
import {
  judgeRecording,
  judgeWithLoss,
  laboratoriesBelow,
  recordingsBelow,
  uniteAgents,
  verdictLine,
} from "../../scripts/accuracy/accuracy.ts";
import type { Verdict } from "../../scripts/accuracy/judge.ts";
import { repositoryRoot, sharedPath } from "../support/paths.ts";

const OWN = join(repositoryRoot, "test", "lab", "recording");

/** The recordings of the shared laboratory; none where they are absent, which counts as skipped. */
function recordings(t: TestContext): string[] {
  const shared = sharedPath(t);
  return shared === null ? [] : laboratoriesBelow(shared).flatMap(recordingsBelow);
}

function assertPerfect(name: string, verdict: Verdict): void {
  const what = `${verdictLine(name, verdict)}\n${verdict.mistakes.join("\n")}`;
  assert.ok(verdict.visible > 50, what);
  assert.equal(verdict.precision, 1, what);
  assert.equal(verdict.recall, 1, what);
  assert.equal(verdict.names.right, verdict.names.expected, what);
  assert.equal(verdict.reporters.right, verdict.reporters.expected, what);
  assert.equal(verdict.pods.right, verdict.pods.expected, what);
  assert.equal(verdict.lookups.right, verdict.lookups.expected, what);
  assert.equal(verdict.lookups.stray, 0, what);
  assert.deepEqual(verdict.mistakes, [], what);
}

/** Over all recordings: one alone is too small. */
function assertAtMostOnePercentWrong(verdicts: readonly Verdict[]): void {
  const sum = (figure: (verdict: Verdict) => number) => verdicts.reduce((total, verdict) => total + figure(verdict), 0);
  const right = sum((verdict) => verdict.right);
  const recall = right / sum((verdict) => verdict.visible);
  const precision = right / sum((verdict) => verdict.reports);
  const what = [`recall ${recall}, precision ${precision}`, ...verdicts.flatMap((verdict) => verdict.mistakes)].join(
    "\n",
  );
  assert.ok(recall >= 0.99 && precision >= 0.99, what);
}

for (const name of ["dev-1", "dev-3"]) {
  test(`where every node has an agent, --watch-pods node loses nothing on ${name}`, async (t) => {
    const folder = sharedPath(t, "lab-captures", name);
    if (folder !== null) assertPerfect(name, await judgeRecording(folder, { watchPods: "node" }));
  });
}

test("--watch-pods node loses nothing on the demo recording", async () => {
  assertPerfect("recording", await judgeRecording(OWN, { watchPods: "node" }));
});

test("the recording of the repository: all connections, names and lookups are right, and there are no others", async () => {
  assertPerfect("own", await judgeRecording(OWN));
});

test("the recordings of the laboratory: all connections, names and lookups are right, and there are no others", async (t) => {
  for (const folder of recordings(t)) assertPerfect(basename(folder), await judgeRecording(folder));
});

test("the same from the second captures, LINUX_SLL2 and compressed", async (t) => {
  for (const folder of recordings(t)) {
    assertPerfect(basename(folder), await judgeRecording(folder, { captureSuffix: ".sll2.pcap.gz" }));
  }
});

test("without the log of events at most 1 % is lost (addresses reused within a second)", async (t) => {
  const verdicts = [];
  const folders = recordings(t);
  if (folders.length === 0) return;
  for (const folder of [OWN, ...folders]) verdicts.push(await judgeRecording(folder, { hasEvents: false }));
  assertAtMostOnePercentWrong(verdicts);
});

test("with 1 % of all frames lost at random, at most 1 % of recall, precision and names is lost", async (t) => {
  const verdicts: Verdict[] = [];
  const folders = recordings(t);
  if (folders.length === 0) return;
  for (const folder of [OWN, ...folders]) {
    for (let seed = 1; seed <= 5; seed++) verdicts.push(await judgeWithLoss(folder, { share: 0.01, seed }));
  }
  assertAtMostOnePercentWrong(verdicts);
  const names = (figure: (verdict: Verdict) => number) =>
    verdicts.reduce((total, verdict) => total + figure(verdict), 0);
  // Of the reported connections: a name needs the query, the answer and the connection.
  const share = names(({ names: { right } }) => right) / names(({ names: { expected } }) => expected);
  assert.ok(share >= 0.99, `${share} of the names`);
});

test("P1: a recording replayed twice gives the same, byte by byte", async () => {
  const [once, twice] = [await uniteAgents(OWN), await uniteAgents(OWN)];
  assert.ok(once.length > 50);
  assert.equal(JSON.stringify(once), JSON.stringify(twice));
});
