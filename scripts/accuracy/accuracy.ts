// EDGE: reads recordings.
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ClusterFeed } from "../../src/inventory/cluster-feed.ts";
import { readClusterFile } from "../../src/kubernetes/files/cluster-file.ts";
import { readEventsFile } from "../../src/kubernetes/files/events-file.ts";
import type { Interaction } from "../../src/model/interaction.ts";
import { Pipeline } from "../../src/pipeline.ts";
import { replay } from "../../src/replay/replay.ts";
import { judge, type TruthLine, type Verdict } from "./judge.ts";
import { narrowedFeed } from "./narrowed-feed.ts";
import { thinRecording } from "./thin-recording.ts";

const ALL_PAIRS = { keepsInstrumented: true, maxPairsPerEdge: null, aggregates: false };

export interface JudgeOptions {
  /** What follows the node's name in the name of its capture: `.pcap`, or `.sll2.pcap.gz` for the second capture. */
  readonly captureSuffix?: string;
  /** False: the cluster file alone, as an agent knows it that has no watch. */
  readonly hasEvents?: boolean;
  /** As `--watch-pods`: of the pods all are known, or the node's own. */
  readonly watchPods?: "cluster" | "node";
}

/** Replays every node with an agent by itself, unites what they tell, and holds it against the truth. */
export async function judgeRecording(folder: string, options: JudgeOptions = {}): Promise<Verdict> {
  const truth = readFileSync(join(folder, "truth.jsonl"), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as TruthLine);
  return judge(truth, await uniteAgents(folder, options));
}

/** The same of what is left where each frame is lost with the probability `share`, the same ones for the same seed. */
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

/** What the agents of all nodes that have one tell together. */
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

/** Folders below `root` that hold a recording with its truth; `root` itself where it is one. */
export function recordingsBelow(root: string): string[] {
  if (existsSync(join(root, "truth.jsonl"))) return [root];
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .map((name) => join(root, name))
    .filter((folder) => existsSync(join(folder, "truth.jsonl")))
    .sort();
}

/** Folders of recordings: `lab-captures` and those that were added to it. */
export function laboratoriesBelow(shared: string): string[] {
  if (!existsSync(shared)) return [];
  const names = readdirSync(shared).filter((name) => name.startsWith("lab-captures"));
  return names.sort().map((name) => join(shared, name));
}

/** One line of figures. */
export function verdictLine(name: string, verdict: Verdict): string {
  const { names, lookups, reporters } = verdict;
  return [
    name.padEnd(12),
    `precision ${verdict.precision.toFixed(4)} recall ${verdict.recall.toFixed(4)} (${verdict.right} of ${verdict.visible}, ${verdict.reports} reports)`,
    `names ${names.right}/${names.expected}`,
    `reporters ${reporters.right}/${reporters.expected}`,
    `lookups ${lookups.right}/${lookups.expected}, ${lookups.stray} stray`,
    `${verdict.doubles} possible doubles`,
  ].join("  ");
}
