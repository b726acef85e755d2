// EDGE: fs, process
// `npm run bench`: CPU time of the whole pipeline as a multiple of tcpdump's on the same file in the same run, and peak
// memory; then the cost of sending span pairs, compared with the SDK. Exits with code 1 if a limit is exceeded or a row fails.
import { mkdirSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import Table from "cli-table3";
import { optionsOf } from "../options.ts";
import { compareExport } from "./export.ts";
import { type GeneratedTotals, generate } from "./generate.ts";
import { type Measurement, measure, median } from "./measure.ts";
import { compareStages } from "./stages.ts";
import { edgesReplay, repeatedReplay, type Subject, subjects } from "./subjects.ts";
import type { PodNetwork } from "./transit.ts";

const USAGE = `Usage: npm run bench -- [options]
  --packets N        packets in the capture (1000000)
  --rounds N         alternating runs of each row; the median is used (5)
  --seed N           seed of the generated traffic (1)
  --network KIND     ptp (two copies of a packet), bridge (three) or flat (one) (ptp)
  --pairs N          span pairs to send, each way (200000)
  --export-only      only the sending of span pairs
  --stages           instead: the cost of each stage of a replay, in the first pass and with compiled code
  --against DIR      with --stages: measure another built checkout in turn with this one, and compare them
  --repeat-memory    instead: ten captures with shifted addresses as one recording; memory must stay flat
  --no-limits        print only; the exit code is 0
Exit codes: 0 within all limits; 1 a limit is exceeded, or a row failed; 2 an invalid argument.`;

const options = optionsOf(USAGE, {
  packets: { type: "string", default: "1000000" },
  rounds: { type: "string", default: "5" },
  seed: { type: "string", default: "1" },
  network: { type: "string", default: "ptp" },
  pairs: { type: "string", default: "200000" },
  "export-only": { type: "boolean", default: false },
  stages: { type: "boolean", default: false },
  against: { type: "string" },
  "repeat-memory": { type: "boolean", default: false },
  "no-limits": { type: "boolean", default: false },
});
const REPEATS = 10;
/** Memory in the second half of the recording, relative to the first half. */
const MAX_GROWTH = 1.1;

const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "wirespan", "bench");
const report = (text: string) => console.error(`bench: ${text}`);
/** Output of a failed command: its line with an error, or its first line. */
const reason = ({ stderr }: Measurement) => (/^.*Error: .*$/m.exec(stderr) ?? /^.*$/m.exec(stderr.trim()))?.[0] ?? "";
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;

mkdirSync(cache, { recursive: true });
const broken = options.stages ? await stages() : options["repeat-memory"] ? await repeatMemory() : await compareAll();
for (const sentence of broken) report(sentence);
process.exitCode = broken.length > 0 && !options["no-limits"] ? 1 : 0;

async function compareAll(): Promise<string[]> {
  const broken = options["export-only"] ? [] : await compare();
  report(`sending ${options.pairs} span pairs, ${options.rounds} times each way`);
  return [...broken, ...(await compareExport(Number(options.pairs), Number(options.rounds)))];
}

async function stages(): Promise<string[]> {
  const { capture, cluster } = generated(0);
  await compareStages(capture, cluster, Number(options.rounds), options.against ?? null);
  return [];
}

function generated(shift: number): { capture: string; cluster: string; totals: GeneratedTotals } {
  const directory = join(cache, `shift-${shift}`);
  const network = options.network as PodNetwork;
  const packets = Number(options.packets);
  const totals = generate({ directory, packets, seed: Number(options.seed), shift, network, link: "linux-sll" });
  return { capture: join(directory, "capture.pcap"), cluster: join(directory, "cluster.json"), totals };
}

/** Returns a sentence for each exceeded limit. */
async function compare(): Promise<string[]> {
  report(`generating ${options.packets} packets`);
  const { capture, cluster, totals } = generated(0);
  const rows = subjects(capture, cluster).map((subject) => ({ subject, runs: [] as Measurement[] }));
  const failed = new Map<string, string>();
  for (let round = 1; round <= Number(options.rounds); round++) {
    report(`round ${round} of ${options.rounds}`);
    for (const { subject, runs } of rows) {
      if (failed.has(subject.title)) continue;
      const run = await measure(subject.command);
      if (run.status === 0) runs.push(run);
      else failed.set(subject.title, reason(run));
    }
  }

  const cpu = (runs: readonly Measurement[]) => median(runs.map((run) => run.cpuSeconds));
  const unit = cpu(rows[0]?.runs ?? []);
  const table = new Table({
    head: ["", "CPU", "÷ tcpdump", "limit", "packets/s", "peak RSS", "peak PSS"],
    style: { head: [], border: [] },
  });
  const broken: string[] = [];
  for (const { subject, runs } of rows) {
    if (runs.length === 0) {
      table.push([subject.title, { colSpan: 6, content: "failed" }]);
      broken.push(`${subject.title} failed: ${failed.get(subject.title)}`);
      continue;
    }
    const seconds = cpu(runs);
    const resident = Math.max(...runs.map((run) => run.peakResidentBytes));
    const proportional = Math.max(...runs.map((run) => run.peakProportionalBytes));
    const rate = `${(totals.packets / seconds / 1e6).toFixed(2)} M`;
    const figures = [seconds.toFixed(3), (seconds / unit).toFixed(2), `${subject.maxRatio ?? ""}`, rate];
    table.push([subject.title, ...figures, megabytes(resident), megabytes(proportional)]);
    broken.push(...limitsBroken(subject, seconds / unit, resident));
  }
  console.log(`${JSON.stringify(totals)}\n${table.toString()}`);
  return [...broken, ...(await compareEdges(edgesReplay(capture, cluster), totals))];
}

function limitsBroken({ title, maxRatio, maxBytes }: Subject, ratio: number, bytes: number): string[] {
  const broken: string[] = [];
  if (maxRatio !== null && ratio > maxRatio)
    broken.push(`${title} costs ${ratio.toFixed(2)} times tcpdump, over ${maxRatio}`);
  if (maxBytes !== null && bytes > maxBytes)
    broken.push(`${title} takes ${megabytes(bytes)}, over ${megabytes(maxBytes)}`);
  return broken;
}

/** The result must be right too: edges and connections as generated, except for the few that are open at the end. */
async function compareEdges(command: readonly string[], totals: GeneratedTotals): Promise<string[]> {
  const run = await measure(command);
  if (run.status !== 0) return [`the edges could not be compared: ${reason(run)}`];
  const graph = JSON.parse(run.stdout) as { edges: { evidence: string[]; outcomes: Record<string, number> }[] };
  // The end of the file may truncate a lookup, which then has its own edge.
  const edges = graph.edges.filter(({ evidence }) => evidence.includes("handshake"));
  const count = (outcome: string) => edges.reduce((sum, edge) => sum + (edge.outcomes[outcome] ?? 0), 0);
  const pairs = [
    ["edges", edges.length, totals.edges],
    ["established", count("established"), totals.connections.established],
    ["refused", count("refused"), totals.connections.refused],
    ["timed out", count("timed_out"), totals.connections.timedOut],
  ] as const;
  console.log(pairs.map(([what, found, made]) => `${what}: ${found} of ${made}`).join(", "));
  const openAtEnd = 50;
  return pairs
    .filter(([, found, made]) => found > made || found < made - openAtEnd)
    .map(([what, found, made]) => `${what}: ${found} were found, ${made} were generated`);
}

async function repeatMemory(): Promise<string[]> {
  report(`generating ${REPEATS} captures of ${options.packets} packets`);
  const captures = Array.from({ length: REPEATS }, (_, shift) => generated(shift));
  report("replaying them as one recording");
  const run = await measure(
    repeatedReplay(
      captures.map(({ capture }) => capture),
      captures[0]?.cluster ?? "",
    ),
  );
  for (const { capture } of captures) rmSync(capture);
  if (run.status !== 0) return [`the replay failed: ${reason(run)}`];
  const half = Math.floor(run.samples.length / 2);
  const [first, second] = [Math.max(...run.samples.slice(0, half)), Math.max(...run.samples.slice(half))];
  const growth = second / first;
  console.log(
    `peak of the first half ${megabytes(first)}, of the second half ${megabytes(second)}: ${growth.toFixed(2)}`,
  );
  return growth > MAX_GROWTH
    ? [`memory grows by ${growth.toFixed(2)} over the recording, more than ${MAX_GROWTH}`]
    : [];
}
