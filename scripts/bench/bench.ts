// EDGE: fs, process
// `npm run bench`: CPU time per packet of the whole pipeline as a multiple of tcpdump's, by slopes of two sizes, on three kinds
// of traffic in one run; the fixed cost of a start; the cost of sending span pairs, compared with the SDK. Exits with code 1
// if a limit is exceeded or a row fails.
import { mkdirSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { optionsOf } from "../options.ts";
import { compareExport } from "./export.ts";
import { type GeneratedTotals, generate } from "./generate.ts";
import { measure } from "./measure.ts";
import { compareSlopes, compareStart, megabytes, reason } from "./slopes.ts";
import { compareStages } from "./stages.ts";
import { edgesReplay, type Generated, repeatedReplay, TRAFFIC, type Traffic } from "./subjects.ts";

const USAGE = `Usage: npm run bench -- [options]
  --packets N        packets in the large captures; the small ones have a fifth (5000000)
  --traffic KINDS    ptp (two copies of a packet), flat (one), mix (one, with a search path before each connection, and no
                     cluster), separated by commas (ptp,flat,mix)
  --rounds N         alternating runs of each row; the median is used (3)
  --seed N           seed of the generated traffic (1)
  --pairs N          span pairs to send, each way (200000)
  --export-only      only the sending of span pairs
  --stages           instead: the cost of each stage of a replay, in the first pass and with compiled code
  --against DIR      with --stages: measure another built checkout in turn with this one, and compare them
  --repeat-memory    instead: ten captures with shifted addresses as one recording; memory must stay flat
  --no-limits        print only; the exit code is 0
Exit codes: 0 within all limits; 1 a limit is exceeded, or a row failed; 2 an invalid argument.`;

const options = optionsOf(USAGE, {
  packets: { type: "string", default: "5000000" },
  traffic: { type: "string", default: "ptp,flat,mix" },
  rounds: { type: "string", default: "3" },
  seed: { type: "string", default: "1" },
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
/** How many times smaller the small captures are. */
const SIZE_RATIO = 5;
const FEW_PACKETS = 1_000;

const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "wirespan", "bench");
const report = (text: string) => console.error(`bench: ${text}`);
const packets = Number(options.packets);
const rounds = Number(options.rounds);
const kinds = options.traffic.split(",");
const unknown = kinds.find((kind) => TRAFFIC[kind] === undefined);
if (unknown !== undefined) {
  console.error(`--traffic has ${unknown}, which is no kind of traffic\n\n${USAGE}`);
  process.exit(2);
}

mkdirSync(cache, { recursive: true });
const broken = options.stages ? await stages() : options["repeat-memory"] ? await repeatMemory() : await compareAll();
for (const sentence of broken) report(sentence);
process.exitCode = broken.length > 0 && !options["no-limits"] ? 1 : 0;

async function compareAll(): Promise<string[]> {
  const broken = options["export-only"] ? [] : await compare();
  report(`sending ${options.pairs} span pairs, ${rounds} times each way`);
  return [...broken, ...(await compareExport(Number(options.pairs), rounds))];
}

async function stages(): Promise<string[]> {
  await compareStages(generated(traffic(kinds[0]), packets), rounds, options.against ?? null);
  return [];
}

function traffic(kind: string | undefined): Traffic {
  return TRAFFIC[kind ?? ""] as Traffic;
}

function generated(
  { network, searchEach }: Traffic,
  packets: number,
  shift = 0,
): Generated & { readonly totals: GeneratedTotals } {
  const directory = join(cache, `${network}${searchEach ? "-search" : ""}-${packets}-${shift}`);
  report(`generating ${packets} packets`);
  const seed = Number(options.seed);
  const totals = generate({ directory, packets, seed, shift, network, link: "linux-sll", searchEach });
  return { capture: join(directory, "capture.pcap"), cluster: join(directory, "cluster.json"), totals };
}

/** Returns a sentence for each exceeded limit. */
async function compare(): Promise<string[]> {
  const broken = await compareStart(generated(traffic("flat"), FEW_PACKETS), rounds);
  for (const each of kinds.map(traffic)) {
    const small = generated(each, packets / SIZE_RATIO);
    const large = generated(each, packets);
    const connections = connectionsOf(large.totals) - connectionsOf(small.totals);
    const sizes = { small, large, packets: packets - packets / SIZE_RATIO, connections };
    broken.push(...(await compareSlopes(each, sizes, rounds, report)));
    broken.push(...(each.hasCluster ? await compareEdges(small, small.totals) : []));
    rmSync(large.capture);
  }
  return broken;
}

function connectionsOf({ connections }: GeneratedTotals): number {
  return connections.established + connections.refused + connections.timedOut;
}

/** The result must be right too: edges and connections as generated, except for the few that are open at the end. */
async function compareEdges(generated: Generated, totals: GeneratedTotals): Promise<string[]> {
  const run = await measure(edgesReplay(generated));
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
  const captures = Array.from({ length: REPEATS }, (_, shift) =>
    generated(traffic(kinds[0]), packets / SIZE_RATIO, shift),
  );
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
