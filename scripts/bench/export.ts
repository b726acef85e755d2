// EDGE: child_process, process
// Part of `npm run bench`: the cost of sending span pairs, and that of the exporter of the OpenTelemetry SDK with the same spans.
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import Table from "cli-table3";
import { dependent } from "../../test/support/dependent-process.ts";
import type { ExportCost } from "./export-run.ts";
import { type Measurement, measure, median } from "./measure.ts";

const ROWS = [
  { kind: "sdk", title: "the SDK's exporter alone, spans made before" },
  { kind: "ours", title: "interactions to span pairs, sent" },
] as const;
/** CPU time of the export stage, as a multiple of that of the exporter of the SDK. */
const MAX_RATIO = 1.2;
const GOAL_PAIRS_PER_SECOND = 50_000;

/** Sends `pairs` pairs `rounds` times each way, and prints pairs/s and core. Returns a sentence for each exceeded limit. */
export async function compareExport(pairs: number, rounds: number): Promise<string[]> {
  const receiver = spawn(...dependent([process.execPath, "dist/scripts/bench/export-receiver.js"]), {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    return await compareRows(await portOf(receiver), pairs, rounds);
  } finally {
    receiver.kill();
  }
}

async function portOf({ stdout }: ChildProcessByStdio<null, Readable, null>): Promise<string> {
  const [line] = await once(createInterface(stdout), "line");
  return line;
}

async function compareRows(port: string, pairs: number, rounds: number): Promise<string[]> {
  const runs = { sdk: [] as Measurement[], ours: [] as Measurement[] };
  for (let round = 0; round < rounds; round++) {
    for (const { kind } of ROWS) {
      const run = await measure([process.execPath, "dist/scripts/bench/export-run.js", kind, `${pairs}`, port]);
      if (run.status !== 0) return [`sending pairs (${kind}) failed: ${run.stderr.trim().split("\n").at(-1)}`];
      runs[kind].push(run);
    }
  }
  const seconds = (kind: "sdk" | "ours") =>
    median(runs[kind].map(({ stdout }) => (JSON.parse(stdout) as ExportCost).cpuSeconds));
  const unit = seconds("sdk");
  const table = new Table({
    head: ["", "CPU µs/pair", "÷ SDK", "limit", "pairs/s and core", "peak RSS"],
    style: { head: [], border: [] },
  });
  for (const { kind, title } of ROWS) {
    const own = seconds(kind);
    const megabytes = Math.max(...runs[kind].map(({ peakResidentBytes }) => peakResidentBytes)) / 1e6;
    const figures = [((own / pairs) * 1e6).toFixed(1), (own / unit).toFixed(2), kind === "ours" ? `${MAX_RATIO}` : ""];
    table.push([title, ...figures, Math.round(pairs / own).toLocaleString("en"), `${megabytes.toFixed(0)} MB`]);
  }
  console.log(`${table.toString()}\nthe goal is ${GOAL_PAIRS_PER_SECOND.toLocaleString("en")} pairs/s and core`);
  const ratio = seconds("ours") / unit;
  return ratio > MAX_RATIO
    ? [`sending pairs costs ${ratio.toFixed(2)} times the SDK's exporter, over ${MAX_RATIO}`]
    : [];
}
