// EDGE: reads recordings.
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ClusterFeed } from "../../src/inventory/cluster-feed.ts";
import { readClusterFile } from "../../src/kubernetes/files/cluster-file.ts";
import { readEventsFile } from "../../src/kubernetes/files/events-file.ts";
import type { Interaction } from "../../src/model/interaction.ts";
import { Pipeline } from "../../src/pipeline.ts";
import { replay } from "../../src/replay/replay.ts";
import { judge, type Verdict } from "./judge.ts";
import { narrowedFeed } from "./narrowed-feed.ts";
import { thinRecording } from "./thin-recording.ts";
import type { TruthLine } from "./truth.ts";

const ALL_PAIRS = { keepsInstrumented: true, maxPairsPerEdge: null, aggregates: false };

export interface JudgeOptions {
  /** Suffix of the captures' file names: `.pcap`, or `.sll2.pcap.gz` for the second captures. */
  readonly captureSuffix?: string;
  /** False: only the cluster file, as for an agent without a watch. */
  readonly hasEvents?: boolean;
  /** As `--watch-pods`: all pods are known, or those of the node. */
  readonly watchPods?: "cluster" | "node";
}

/** Replays every node with an agent separately, and compares the union of their reports with the truth. */
export async function judgeRecording(folder: string, options: JudgeOptions = {}): Promise<Verdict> {
  const truth = readFileSync(join(folder, "truth.jsonl"), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as TruthLine);
  return judge(truth, await uniteAgents(folder, options));
}

/** The same after losing each frame with the probability `share`; the same frames for the same seed. */
export async function judgeWithLoss(
  folder: string,
  { share, seed }: { readonly share: number; readonly seed: number },
  options: JudgeOptions = {},
): Promise<Verdict> {
  const thinned = thinRecording(folder, share, seed);
  try {
    return await judgeRecording(thinned, options);
  } finally {
    rmSync(thinned, { recursive: true });
  }
}

/** The interactions that all agents report. */
export async function uniteAgents(folder: string, options: JudgeOptions = {}): Promise<Interaction[]> {
  const { captureSuffix = ".pcap", hasEvents = true, watchPods = "cluster" } = options;
  const lab = JSON.parse(readFileSync(join(folder, "lab.json"), "utf8")) as { readonly nodesWithAgent: string[] };
  const objects = readClusterFile(join(folder, "cluster.json"));
  const events = hasEvents ? readEventsFile(join(folder, "events.jsonl")) : [];
  const united: Interaction[] = [];
  for (const node of lab.nodesWithAgent) {
    const options = {
      feed: watchPods === "node" ? narrowedFeed(objects, events, node) : new ClusterFeed(objects, events),
      node,
      agents: new Set(lab.nodesWithAgent),
      dnsPorts: [53],
      externalCidrs: [],
      clusterDomain: "cluster.local",
    };
    const pipeline = new Pipeline(ALL_PAIRS, { interaction: (interaction) => united.push(interaction), pair() {} });
    await replay({ files: [join(folder, `${node}${captureSuffix}`)], options }, pipeline);
  }
  return united;
}

/** Folders below `root` with a recording and its truth, or `root` itself. */
export function recordingsBelow(root: string): string[] {
  if (existsSync(join(root, "truth.jsonl"))) return [root];
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .map((name) => join(root, name))
    .filter((folder) => existsSync(join(folder, "truth.jsonl")))
    .sort();
}

/** Folders of recordings: `lab-captures`, `lab-captures-2` and so on. */
export function laboratoriesBelow(shared: string): string[] {
  if (!existsSync(shared)) return [];
  const names = readdirSync(shared).filter((name) => name.startsWith("lab-captures"));
  return names.sort().map((name) => join(shared, name));
}

/** One line of figures. */
export function verdictLine(name: string, verdict: Verdict): string {
  const { names, lookups, reporters, pods } = verdict;
  return [
    name.padEnd(12),
    `precision ${verdict.precision.toFixed(4)} recall ${verdict.recall.toFixed(4)} (${verdict.right} of ${verdict.visible}, ${verdict.reports} reports)`,
    `names ${names.right}/${names.expected}`,
    `reporters ${reporters.right}/${reporters.expected}`,
    `pods ${pods.right}/${pods.expected}`,
    `lookups ${lookups.right}/${lookups.expected}, ${lookups.stray} stray`,
    `${verdict.doubles} possible doubles`,
  ].join("  ");
}
