import type { Observation, ServiceGraph } from "../model/service-graph.ts";
import { CollectedGraph } from "../output/collected-graph.ts";
import type { Report } from "../output/stderr.ts";
import { Pipeline } from "../pipeline.ts";
import type { PairRules } from "../report/pair-selector.ts";
import { StopSignals } from "../stop-signals.ts";
import { clusterOptions, type OpenedRecordings } from "./open-recordings.ts";
import { observationsOf, replayRecordings } from "./replay-recordings.ts";
import { reportSummary } from "./replay-summary.ts";

/** Span pairs are made and not sent. */
const PAIRS: PairRules = { keepsInstrumented: false, maxPairsPerEdge: null, aggregates: false };

/**
 * The graph of recordings, read to their end or until a signal. `keepNodes`: each Kubernetes node is a node of the graph.
 * Throws CaptureError when nothing could be read.
 */
export async function replayGraph(
  opened: OpenedRecordings,
  { keepNodes, report }: { readonly keepNodes: boolean; readonly report: Report },
): Promise<ServiceGraph> {
  const { recordings, sizes, cluster } = opened;
  let observed: readonly Observation[] = [];
  const collected = new CollectedGraph({ ...clusterOptions(opened), observed: () => observed, keepNodes });
  const pipeline = new Pipeline(PAIRS, {
    interaction: (interaction, isBothInstrumented) => collected.add(interaction, isBothInstrumented),
    pair: () => {},
    resolver: (query) => collected.resolver(query),
  });
  const stop = new StopSignals();
  try {
    const replayed = await replayRecordings(recordings, pipeline, {
      sizes,
      stopping: stop.signal,
      pause: async () => {},
    });
    observed = observationsOf(replayed);
    reportSummary({ replayed, pairs: null }, cluster.podsByNode(), report);
    return collected.graph([
      ...replayed.flatMap(({ problems }) => problems),
      ...cluster.invalidObjects.problems,
      ...collected.missing(),
    ]);
  } finally {
    stop.release();
  }
}
