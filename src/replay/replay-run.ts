import { setImmediate as nextTurn } from "node:timers/promises";
import type { Exporter } from "../export/queue/exporter.ts";
import { CaptureError } from "../model/errors.ts";
import type { Interaction } from "../model/interaction.ts";
import type { Results } from "../output/results.ts";
import { printMessage } from "../output/stderr.ts";
import { type PairRules, PairSelector } from "../report/pair-selector.ts";
import { readingProgress, sendingProgress } from "./progress.ts";
import { type Recording, type ReplayResult, replay } from "./replay.ts";

/** What came of one recording. */
export interface Told {
  readonly recording: Recording;
  /** Null where nothing could be read. */
  readonly result: ReplayResult | null;
  /** What is missing, and why; empty when all was read. */
  readonly problems: readonly string[];
  /** What ended it before anything was read; null where something was. */
  readonly failure: CaptureError | null;
}

/** Replays recordings one after the other into results and exporter. */
export class ReplayRun {
  readonly #results: Results;
  readonly #exporter: Exporter | null;
  #toSend: { readonly interaction: Interaction; readonly count: number }[] = [];
  readonly pairs: PairSelector;

  constructor(results: Results, rules: PairRules, exporter: Exporter | null) {
    this.#results = results;
    this.#exporter = exporter;
    this.pairs = new PairSelector(rules, (interaction, count) => {
      if (exporter !== null) this.#toSend.push({ interaction, count });
    });
  }

  /** What was read before a file failed, or `stopping` came, is told all the same. Throws CaptureError when nothing at all could be read. */
  async replayAll(recordings: readonly Recording[], sizes: readonly number[], stopping: AbortSignal): Promise<Told[]> {
    const progress = await readingProgress(sizes);
    const told: Told[] = [];
    try {
      for (const recording of recordings) {
        progress.begin(recording.files.join(", "));
        told.push(await this.#replayOne(recording, progress.update, stopping));
      }
      this.pairs.finish();
      await this.#send();
    } finally {
      progress.end();
    }
    const [first] = told;
    if (first?.failure && told.every(({ result }) => result === null)) throw first.failure;
    return told;
  }

  /** Waits until all pairs are sent or given up; false when not all were accepted. */
  async drain(exporter: Exporter): Promise<boolean> {
    const progress = await sendingProgress(exporter.destination);
    const { complete, problem } = await exporter.drain(progress.update);
    progress.end();
    // A problem was said when it began.
    if (!complete && problem === null)
      printMessage("not every span pair was accepted; --stats FILE tells what became of them");
    return complete;
  }

  async #replayOne(recording: Recording, update: (bytes: number) => void, stopping: AbortSignal): Promise<Told> {
    if (stopping.aborted) {
      const problem = `it was interrupted before ${recording.files.join(", ")} was read`;
      return { recording, result: null, problems: [problem], failure: null };
    }
    try {
      const result = await replay(
        recording,
        (interaction) => {
          this.#results.add(interaction, this.pairs.add(interaction));
        },
        async ({ bytesRead, nowMicros }) => {
          update(bytesRead);
          this.#results.advance(nowMicros);
          this.pairs.advance(nowMicros);
          await this.#send();
          // Signals come between two turns of the event loop only.
          await nextTurn();
          return stopping.aborted ? "stop" : undefined;
        },
      );
      return { recording, result, problems: result.problems, failure: null };
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      return { recording, result: null, problems: [error.message], failure: error };
    }
  }

  /** Hands on no faster than the exporter has room: a file is read faster than a Collector takes. */
  async #send(): Promise<void> {
    const pairs = this.#toSend;
    this.#toSend = [];
    for (const { interaction, count } of pairs) {
      await this.#exporter?.waitForRoom(1);
      this.#exporter?.add(interaction, count);
    }
  }
}
