import type { PodsByNode } from "../cluster-source/cluster-files.ts";
import type { PairStats } from "../output/destinations.ts";
import type { Results } from "../output/results.ts";
import type { Report } from "../output/stderr.ts";
import { type Stats, sumStats, toStats } from "../telemetry/stats.ts";
import { countText } from "../text/number-text.ts";
import { describeAnswersOnly, describeTunnels, explainEmptyGraph } from "./explain-empty-graph.ts";
import type { ReplayedRecording } from "./replay-recordings.ts";
import { describeReportedElsewhere } from "./reported-elsewhere.ts";

/** `--stats` of a replay: the sum over all recordings, and the share of each. */
interface ReplayStats extends Stats {
  readonly pairs: PairStats;
  /** What is missing in the result and why; empty when it is complete. */
  readonly problems: readonly string[];
  readonly recordings: readonly {
    readonly node: string | null;
    readonly files: readonly string[];
    readonly packets: number;
    readonly interactions: number;
  }[];
}

interface ReplayOutcome {
  readonly replayed: readonly ReplayedRecording[];
  readonly pairs: PairStats;
  readonly results: Results | null;
  readonly problems: readonly string[];
}

export function replayStats({ replayed, pairs, results, problems }: ReplayOutcome): ReplayStats {
  const read = replayed.flatMap(({ result }) => (result === null ? [] : [toStats(result.sensor, result.resolve)]));
  // A signal may come before anything is read.
  const sum = read.reduce(sumStats, toStats(null, null));
  return {
    ...sum,
    evicted: { ...sum.evicted, ...results?.evicted() },
    pairs,
    problems,
    recordings: replayed.map(({ recording, result }) => ({
      node: recording.options.node,
      files: recording.files,
      packets: result?.sensor.packets ?? 0,
      interactions: result?.resolve.interactions ?? 0,
    })),
  };
}

/**
 * Reports how much was read and reported, and why the graph is empty or has fewer edges than expected. `pairs` is null if
 * none can be sent.
 */
export function reportSummary(
  { replayed, pairs }: { readonly replayed: readonly ReplayedRecording[]; readonly pairs: PairStats | null },
  pods: PodsByNode,
  report: Report,
): void {
  const results = replayed.flatMap(({ result }) => result ?? []);
  const packets = results.reduce((sum, { sensor }) => sum + sensor.packets, 0);
  const interactions = results.reduce((sum, { resolve }) => sum + resolve.interactions, 0);
  const made = pairs === null ? "" : `, ${countText(pairs.made, "span pair")}${bothInstrumented(pairs)}`;
  report(`${countText(packets, "packet")}, ${countText(interactions, "interaction")}${made}`);
  if (packets === 0) return;
  if (interactions === 0) report(`nothing to draw: ${explainEmptyGraph(results)}`);
  const hasFacts = results.some(({ resolve }) => resolve.connections + resolve.lookups > 0);
  const tunnels = hasFacts ? describeTunnels(results) : null;
  const notes = [tunnels, describeAnswersOnly(results)].filter((note) => note !== null);
  for (const note of [...notes, ...describeReportedElsewhere(replayed, pods)]) report(note);
}

function bothInstrumented(pairs: PairStats): string {
  return pairs.bothInstrumented === 0
    ? ""
    : `, no pair for ${countText(pairs.bothInstrumented, "interaction")} between workloads that send their own spans`;
}
