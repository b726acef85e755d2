import Table from "cli-table3";
import { CAPTURED_NODE } from "./generate.ts";
import { measure, median } from "./measure.ts";
import { subjects } from "./subjects.ts";

const PASSES = 4;

/** In the order of the pipeline. The first three hold all before them; the others begin with recorded facts. */
const STAGES: readonly (readonly [stage: string, title: string])[] = [
  ["read", "capture: the file reader"],
  ["decode", "capture and decode"],
  ["sensor", "the sensor: capture, decode, correlate, facts"],
  ["facts", "facts: the reader"],
  ["resolve", "facts and resolve"],
  ["edges", "the main process: facts, resolve, report, graph"],
];

/** Prints where the CPU time of a replay goes; the compiler's part is in the first pass over the capture only. */
export async function compareStages(capture: string, cluster: string, rounds: number): Promise<void> {
  const [peer] = subjects(capture, cluster);
  const unit = await medianOf(rounds, async () => (await measure(peer?.command ?? [])).cpuSeconds);
  const ratio = (seconds: number) => (seconds / unit).toFixed(2);
  const table = new Table({
    head: ["CPU time ÷ tcpdump's", "first pass", "later passes"],
    style: { head: [], border: [] },
  });
  for (const [stage, title] of STAGES) {
    const runs = [];
    for (let round = 0; round < rounds; round++) {
      const args = [stage, capture, cluster, CAPTURED_NODE, String(PASSES)];
      const { stdout } = await measure(["node", "dist/scripts/bench/stage-run.js", ...args]);
      runs.push(JSON.parse(stdout) as number[]);
    }
    const first = median(runs.map((passes) => passes[0] ?? Number.NaN));
    const later = median(runs.map((passes) => median(passes.slice(2))));
    table.push([title, ratio(first), ratio(later)]);
  }
  console.log(`tcpdump --count takes ${unit.toFixed(3)} s\n${table.toString()}`);
}

async function medianOf(rounds: number, run: () => Promise<number>): Promise<number> {
  const values = [];
  for (let round = 0; round < rounds; round++) values.push(await run());
  return median(values);
}
