import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { verdictLine } from "../../scripts/accuracy/accuracy.ts";
import { judge } from "../../scripts/accuracy/judge.ts";
import { type Lab, startLab } from "./lab.ts";
import { hasForgedName, isOfAttack, startAttack } from "./support/attack.ts";
import { startAgents } from "./support/live-agents.ts";

const SEED = Number(process.env.WIRESPAN_LAB_SEED ?? 11);
const SECONDS = Number(process.env.WIRESPAN_LAB_SECONDS ?? 12);
/** Longest delay of a report. */
const LAST_VERDICT_MS = 11_000;

interface Stats {
  readonly factsIgnored: Readonly<Record<string, number>>;
}

test("live agents report exactly the traffic while a pod sends forged answers", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "wirespan-attacked-"));
  let lab: Lab | null = null;
  t.after(async () => {
    await lab?.stop();
    rmSync(directory, { recursive: true, force: true });
  });
  const options = { network: "bridge", overlay: "host-gw", seed: SEED + 7, seconds: SECONDS } as const;
  lab = await startLab({ ...options, profile: "matrix", directory });
  const agents = await startAgents(lab, directory);
  await startAttack(lab, SECONDS + 8);
  const truth = await lab.runTraffic();
  await new Promise((resolve) => setTimeout(resolve, LAST_VERDICT_MS));
  const results = await agents.stop();
  for (const { node, exitCode, stderr } of results) assert.equal(exitCode, 0, `the agent of ${node}: ${stderr}`);

  const interactions = results.flatMap((result) => result.interactions).filter((one) => !isOfAttack(one));
  assert.deepEqual(interactions.filter(hasForgedName), []);
  const verdict = judge(truth, interactions);
  const unasked = results.reduce((sum, { stats }) => sum + ((stats as Stats).factsIgnored.unasked_answer ?? 0), 0);
  t.diagnostic(`${verdictLine("attacked", verdict)}  ${unasked} unasked answers`);
  assert.deepEqual(verdict.mistakes, []);
  assert.ok(verdict.visible > 200, `only ${verdict.visible} connections were made`);
  assert.ok(unasked > 300, `only ${unasked} forged answers were seen`);
});
