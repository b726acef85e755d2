import Table from "cli-table3";
import { type Measurement, measure, median } from "./measure.ts";
import { agent, type Generated, type Subject, subjects, type Traffic } from "./subjects.ts";

/** CPU seconds of an agent from its start to the end of a capture of a few packets. */
const MAX_START_SECONDS = 0.5;

/** Two captures of one kind of traffic: what the large one costs more is the cost of its packets. */
export interface Sizes {
  readonly small: Generated;
  readonly large: Generated;
  /** How many packets and connections the large one has more. */
  readonly packets: number;
  readonly connections: number;
}

/** Connections a second for which the agent's cost is printed. */
const RATES = [100, 500, 2_000];

interface Row {
  readonly subject: Subject;
  readonly smallCommand: readonly string[];
  /** CPU seconds, by round. */
  readonly slopes: number[];
  readonly small: number[];
  peakBytes: number;
  failure: string | null;
}

/**
 * Prints the CPU time per packet of every row, and as a multiple of tcpdump's in the same round. Start-up and the compiler
 * of V8 cost the same with both sizes, so they cancel out. Returns a sentence for each exceeded limit.
 */
export async function compareSlopes(
  traffic: Traffic,
  sizes: Sizes,
  rounds: number,
  report: (text: string) => void,
): Promise<string[]> {
  const small = subjects(sizes.small, traffic);
  const rows = subjects(sizes.large, traffic).map((subject, i): Row => {
    const smallCommand = small[i]?.command ?? [];
    return { subject, smallCommand, slopes: [], small: [], peakBytes: 0, failure: null };
  });
  for (let round = 1; round <= rounds; round++) {
    report(`${traffic.title}: round ${round} of ${rounds}`);
    for (const row of rows) if (row.failure === null) await measureRow(row);
  }
  return printed(traffic, rows, sizes);
}

async function measureRow(row: Row): Promise<void> {
  const runs: Measurement[] = [];
  for (const command of [row.smallCommand, row.subject.command]) {
    const run = await measure(command);
    if (run.status !== 0) {
      row.failure = reason(run);
      return;
    }
    runs.push(run);
  }
  const [small, large] = runs.map(({ cpuSeconds }) => cpuSeconds) as [number, number];
  row.slopes.push(large - small);
  row.small.push(small);
  row.peakBytes = Math.max(row.peakBytes, ...runs.map(({ peakProportionalBytes }) => peakProportionalBytes));
}

function printed(traffic: Traffic, rows: readonly Row[], { packets, connections }: Sizes): string[] {
  const unit = rows[0]?.slopes ?? [];
  const table = new Table({
    head: [traffic.title, "CPU ns/packet", "÷ tcpdump", "limit", "CPU of the small run", "peak PSS"],
    style: { head: [], border: [] },
  });
  const broken: string[] = [];
  for (const { subject, slopes, small, peakBytes, failure } of rows) {
    const { title, maxRatio } = subject;
    if (failure !== null) {
      table.push([title, { colSpan: 5, content: "failed" }]);
      broken.push(`${title} failed: ${failure}`);
      continue;
    }
    // Of one round, since other programs slow all of its rows down.
    const ratio = median(slopes.map((slope, round) => slope / (unit[round] ?? Number.NaN)));
    const nanos = ((median(slopes) / packets) * 1e9).toFixed(0);
    const figures = [nanos, ratio.toFixed(2), `${maxRatio ?? ""}`, `${median(small).toFixed(2)} s`];
    table.push([title, ...figures, megabytes(peakBytes)]);
    if (maxRatio !== null && ratio > maxRatio)
      broken.push(`${traffic.title}: ${title} costs ${ratio.toFixed(2)} times tcpdump, over ${maxRatio}`);
  }
  console.log(table.toString());
  const agentSeconds = median(rows.at(-1)?.slopes ?? []) / connections;
  const millicores = RATES.map((rate) => (agentSeconds * rate * 1000).toFixed(1)).join(", ");
  const rates = RATES.map((rate) => rate.toLocaleString("en")).join(", ");
  console.log(
    `agent: ${(agentSeconds * 1e6).toFixed(1)} µs per connection with its lookups: ${millicores} millicores at ${rates} connections/s`,
  );
  return broken;
}

/** The fixed cost of an agent: from its start to the end of a capture of a few packets. */
export async function compareStart(generated: Generated, rounds: number): Promise<string[]> {
  const runs: Measurement[] = [];
  for (let round = 0; round < rounds; round++) {
    const run = await measure(agent(generated, false));
    if (run.status !== 0) return [`the start of the agent failed: ${reason(run)}`];
    runs.push(run);
  }
  const cpu = median(runs.map(({ cpuSeconds }) => cpuSeconds));
  const elapsed = median(runs.map(({ elapsedSeconds }) => elapsedSeconds));
  const peak = Math.max(...runs.map(({ peakProportionalBytes }) => peakProportionalBytes));
  const figures = `${cpu.toFixed(2)} s CPU (limit ${MAX_START_SECONDS}), ${elapsed.toFixed(2)} s, ${megabytes(peak)} PSS`;
  console.log(`agent, from its start to the end of a capture of a few packets: ${figures}`);
  return cpu > MAX_START_SECONDS
    ? [`the start of the agent takes ${cpu.toFixed(2)} s of CPU time, over ${MAX_START_SECONDS}`]
    : [];
}

/** Output of a failed command: its line with an error, or its first line. */
export function reason({ stderr }: Measurement): string {
  return (/^.*Error: .*$/m.exec(stderr) ?? /^.*$/m.exec(stderr.trim()))?.[0] ?? "";
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
