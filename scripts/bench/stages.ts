import { join } from "node:path";
import Table from "cli-table3";
import { CAPTURED_NODE } from "./generate.ts";
import { measure, median } from "./measure.ts";
import { type Generated, tcpdump } from "./subjects.ts";

const PASSES = 4;

/** In the order of the pipeline. The first three include those before them; the others begin with recorded facts. */
const STAGES: readonly (readonly [stage: string, title: string])[] = [
  ["read", "capture: the file reader"],
  ["decode", "capture and decode"],
  ["sensor", "the sensor: capture, decode, correlate, facts"],
  ["facts", "facts: the reader"],
  ["resolve", "facts and resolve"],
  ["edges", "the main process: facts, resolve, report, graph"],
  ["agent", "the same in an agent, with rollout progress and own traffic"],
];

/** CPU seconds of a stage. */
interface StageCost {
  /** Includes the time of the compiler. */
  readonly firstPass: number;
  readonly laterPasses: number;
}

/**
 * Prints the CPU time of each stage of a replay, as a multiple of tcpdump's. `against` is another built checkout, or null:
 * its stages run in turn with those of this one, and the table has this one's time relative to the other's.
 */
export async function compareStages(
  { capture, cluster }: Generated,
  rounds: number,
  against: string | null,
): Promise<void> {
  const unit = await medianOf(rounds, async () => (await measure(tcpdump(capture))).cpuSeconds);
  const checkouts = against === null ? ["."] : [".", against];
  const head = ["CPU time ÷ tcpdump's", "first pass", "later passes"];
  if (against !== null) head.push("first pass ÷ other's", "later passes ÷ other's");
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const [stage, title] of STAGES) {
    const args = [stage, capture, cluster, CAPTURED_NODE, String(PASSES)];
    const [own, other] = await stageCosts(checkouts, args, rounds);
    if (own === undefined) continue;
    const row = [own.firstPass / unit, own.laterPasses / unit];
    if (other !== undefined) row.push(own.firstPass / other.firstPass, own.laterPasses / other.laterPasses);
    table.push([title, ...row.map((ratio) => ratio.toFixed(2))]);
  }
  console.log(`tcpdump --count takes ${unit.toFixed(3)} s\n${table.toString()}`);
}

async function stageCosts(checkouts: readonly string[], args: readonly string[], rounds: number): Promise<StageCost[]> {
  const runs = checkouts.map((): number[][] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, checkout] of checkouts.entries()) {
      const { stdout } = await measure(["node", join(checkout, "dist/scripts/bench/stage-run.js"), ...args]);
      runs[i]?.push(JSON.parse(stdout) as number[]);
    }
  }
  return runs.map((all) => ({
    firstPass: median(all.map((passes) => passes[0] ?? Number.NaN)),
    laterPasses: median(all.map((passes) => median(passes.slice(2)))),
  }));
}

async function medianOf(rounds: number, run: () => Promise<number>): Promise<number> {
  const values = [];
  for (let round = 0; round < rounds; round++) values.push(await run());
  return median(values);
}
