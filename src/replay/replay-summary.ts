import type { PodsByNode } from "../cluster-source/cluster-files.ts";
import type { Exporter } from "../export/queue/exporter.ts";
import type { Completeness } from "../output/completeness.ts";
import { type PairStats, pairStats } from "../output/destinations.ts";
import type { Results } from "../output/results.ts";
import { printMessage } from "../output/stderr.ts";
import type { PairSelector } from "../report/pair-selector.ts";
import { zeroResolveCounters } from "../resolve/resolve-counters.ts";
import { type Stats, sumStats, toStats } from "../telemetry/stats.ts";
import { countText } from "../text/number-text.ts";
import { answersOnly, explainEmptyGraph, mostlyTunnelled } from "./explain-empty-graph.ts";
import type { Told } from "./replay-run.ts";
import { describeReportedElsewhere } from "./reported-elsewhere.ts";

/** What `--stats` writes of a replay: the sum over all recordings, then each recording's share. */
export interface ReplayStats extends Stats {
  readonly pairs: PairStats;
  /** Why the result is not whole; empty when it is. */
  readonly problems: readonly string[];
  readonly recordings: readonly {
    readonly node: string | null;
    readonly files: readonly string[];
    readonly packets: number;
    readonly interactions: number;
  }[];
}

export interface ReplayOutcome {
  readonly told: readonly Told[];
  readonly pairs: PairSelector;
  readonly exporter: Exporter | null;
  readonly results: Results;
  readonly completeness: Completeness;
}

export function replayStats({ told, pairs, exporter, results, completeness }: ReplayOutcome): ReplayStats {
  const read = told.flatMap(({ result }) => (result === null ? [] : [toStats(result.sensor, result.resolve)]));
  // A signal may come before anything was read.
  const sum = read.reduce(sumStats, toStats(null, zeroResolveCounters()));
  return {
    ...sum,
    evicted: { ...sum.evicted, ...results.evicted() },
    pairs: pairStats(pairs, exporter),
    problems: completeness.problems,
    recordings: told.map(({ recording, result }) => ({
      node: recording.options.node,
      files: recording.files,
      packets: result?.sensor.packets ?? 0,
      interactions: result?.resolve.interactions ?? 0,
    })),
  };
}

/** Says what was read and told, and why there may be nothing to draw. */
export function saySummary(told: readonly Told[], pairs: PairSelector, pods: PodsByNode): void {
  const results = told.flatMap(({ result }) => result ?? []);
  const packets = results.reduce((sum, { sensor }) => sum + sensor.packets, 0);
  const interactions = results.reduce((sum, { resolve }) => sum + resolve.interactions, 0);
  printMessage(
    `${countText(packets, "packet")}, ${countText(interactions, "interaction")}, ${countText(pairs.counts.made, "span pair")}${bothInstrumented(pairs)}`,
  );
  if (packets === 0) return;
  if (interactions === 0) printMessage(`nothing to draw: ${explainEmptyGraph(results)}`);
  const hasFacts = results.some(({ resolve }) => resolve.connections + resolve.lookups > 0);
  const tunnelled = hasFacts ? mostlyTunnelled(results) : null;
  const unasked = answersOnly(results);
  const notes = [tunnelled, unasked].filter((note) => note !== null);
  for (const note of [...notes, ...describeReportedElsewhere(told, pods)]) printMessage(note);
}

function bothInstrumented({ counts }: PairSelector): string {
  return counts.bothInstrumented === 0
    ? ""
    : `, ${counts.bothInstrumented} left to the spans that both ends send themselves`;
}
