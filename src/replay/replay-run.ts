import type { Exporter } from "../export/queue/exporter.ts";
import { ExitCode } from "../model/errors.ts";
import type { Observation } from "../model/service-graph.ts";
import { Completeness } from "../output/completeness.ts";
import { type Destinations, openExporter, openResults, pairStats } from "../output/destinations.ts";
import { writeStats } from "../output/files/stats-file.ts";
import type { Results } from "../output/results.ts";
import { printMessage } from "../output/stderr.ts";
import { exportSummary } from "../output/summaries.ts";
import { Pipeline } from "../pipeline.ts";
import { StopSignals } from "../stop-signals.ts";
import { clusterOptions, type OpenedRecordings } from "./open-recordings.ts";
import { PacedExport } from "./paced-export.ts";
import { observationsOf, replayRecordings } from "./replay-recordings.ts";
import { replayStats, reportSummary } from "./replay-summary.ts";

/** Maximum from a first SYN to its verdict, retransmissions included: older lines can be written in order. */
const HORIZON_MICROS = 150e6;
/** How long pending span pairs are still sent after a signal. */
const STOP_MILLIS = 1_200;

interface ReplayRunOptions extends OpenedRecordings {
  readonly destinations: Destinations;
}

/**
 * The life of a replay: opens the outputs, reads the recordings to their end or until a signal, and writes the rest.
 */
export class ReplayRun {
  readonly #options: ReplayRunOptions;
  readonly #results: Results | null;
  readonly #pipeline: Pipeline;
  #observed: readonly Observation[] = [];
  #exporter: Exporter | null = null;
  #paced: PacedExport | null = null;

  /** Throws ConfigError when the results cannot be opened. */
  constructor(options: ReplayRunOptions) {
    const { recordings, destinations } = options;
    this.#options = options;
    this.#results = openResults(destinations, {
      ...clusterOptions(options),
      observed: () => this.#observed,
      // Recordings of several nodes are read one after the other: lines are in order only at the end.
      horizonMicros: recordings.length === 1 ? HORIZON_MICROS : Number.POSITIVE_INFINITY,
    });
    this.#pipeline = new Pipeline(destinations.pairs, {
      interaction: (interaction, isBothInstrumented) => this.#results?.add(interaction, isBothInstrumented),
      pair: (interaction, count) => this.#paced?.add(interaction, count),
      resolver: (query) => this.#results?.resolver(query),
    });
  }

  /**
   * Resolves with the exit code. Throws CaptureError when nothing could be read, ConfigError for a wrong destination.
   */
  async untilEnded(): Promise<number> {
    this.#exporter = await openExporter(this.#options.destinations, {
      times: "replay",
      onChange: (problem, isSameFailure) => {
        if (!isSameFailure) printMessage(problem ?? "span pairs are accepted again");
      },
    });
    this.#exporter?.start();
    this.#paced = this.#exporter && new PacedExport(this.#exporter);
    const stop = new StopSignals();
    stop.signal.addEventListener("abort", () => void this.#exporter?.shutdown(STOP_MILLIS), { once: true });
    try {
      return await this.#replay(stop);
    } finally {
      stop.release();
      await this.#exporter?.shutdown(0);
    }
  }

  async #replay(stop: StopSignals): Promise<number> {
    const { recordings, sizes, cluster, destinations } = this.#options;
    const replayed = await replayRecordings(recordings, this.#pipeline, {
      sizes,
      stopping: stop.signal,
      pause: async (nowMicros) => {
        this.#results?.advance(nowMicros);
        await this.#paced?.flush();
      },
    });
    this.#observed = observationsOf(replayed);
    // Rendering may take long, and writes nothing before its end: from here a signal ends the process at once.
    if (this.#exporter === null && destinations.format !== "jsonl") stop.release();
    const completeness = await Completeness.finish(this.#results, [
      ...replayed.flatMap(({ problems }) => problems),
      ...cluster.invalidObjects.problems,
    ]);
    const isAccepted = this.#paced === null || (await this.#paced.drain());
    const pairs = pairStats(this.#pipeline.pairCounts, this.#exporter);
    if (destinations.stats !== undefined) {
      writeStats(
        destinations.stats,
        replayStats({ replayed, pairs, results: this.#results, problems: completeness.problems }),
      );
    }
    reportSummary({ replayed, pairs }, cluster.podsByNode(), printMessage);
    if (this.#exporter !== null) printMessage(exportSummary(this.#exporter, pairs));
    completeness.print();
    return isAccepted ? completeness.exitCode : ExitCode.incomplete;
  }
}
