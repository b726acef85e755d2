import type { ExportCounters, Exporter } from "../export/queue/exporter.ts";
import { zeroResolveCounters } from "../resolve/resolve-counters.ts";
import { type Stats, sumStats, toStats } from "../telemetry/stats.ts";
import type { Completeness } from "../output/completeness.ts";
import { type PairStats, pairStats } from "../output/destinations.ts";
import { leftToOthers, type PodsByNode } from "./reported-elsewhere.ts";
import type { MadePairs } from "../report/pair-selector.ts";
import type { Told } from "./replay-run.ts";
import type { Results } from "../output/results.ts";
import { say } from "../output/stderr.ts";
import { answersOnly, mostlyTunnelled, whyNothing } from "./explain-empty-graph.ts";

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
  readonly pairs: MadePairs;
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
export function saySummary(told: readonly Told[], pairs: MadePairs, pods: PodsByNode): void {
  const results = told.flatMap(({ result }) => result ?? []);
  const packets = results.reduce((sum, { sensor }) => sum + sensor.packets, 0);
  const interactions = results.reduce((sum, { resolve }) => sum + resolve.interactions, 0);
  say(
    `${count(packets, "packet")}, ${count(interactions, "interaction")}, ${count(pairs.counts.made, "span pair")}${handedOver(pairs)}`,
  );
  if (packets === 0) return;
  if (interactions === 0) say(`nothing to draw: ${whyNothing(results)}`);
  const hasFacts = results.some(({ resolve }) => resolve.connections + resolve.lookups > 0);
  const tunnelled = hasFacts ? mostlyTunnelled(results) : null;
  const unasked = answersOnly(results);
  const notes = [tunnelled, unasked].filter((note) => note !== null);
  for (const note of [...notes, ...leftToOthers(told, pods)]) say(note);
}

export const NOTHING_SENT = "no span pairs are sent: OTEL_TRACES_EXPORTER or OTEL_SDK_DISABLED says so";

/** Says how many span pairs were accepted, and what became of the others. */
export function sayAccepted(exporter: Exporter, pairs: MadePairs): void {
  if (exporter.isSending) {
    const accepted = `${exporter.counters.sent} of ${count(pairs.counts.made, "span pair")} accepted by ${exporter.destination}`;
    say([accepted, ...losses(exporter.counters)].join(", "));
  } else {
    say(NOTHING_SENT);
  }
}

function handedOver({ counts }: MadePairs): string {
  return counts.handedOver === 0 ? "" : `, ${counts.handedOver} left to the spans that both ends send themselves`;
}

/** `3 dropped (queue_full)`, by the names that `--stats` has too. */
function losses({ dropped, unknown }: ExportCounters): string[] {
  return [
    ...Object.entries(dropped).map(([reason, pairs]) => ({ pairs, fate: `dropped (${reason})` })),
    { pairs: unknown, fate: "unknown (sent, but not answered in time)" },
  ].flatMap(({ pairs, fate }) => (pairs === 0 ? [] : `${pairs} ${fate}`));
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
