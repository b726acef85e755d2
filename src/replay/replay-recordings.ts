import { setImmediate as nextTurn } from "node:timers/promises";
import { CaptureError } from "../model/errors.ts";
import type { Observation } from "../model/service-graph.ts";
import type { Pipeline } from "../pipeline.ts";
import { readingProgress } from "./progress.ts";
import { type Recording, type ReplayResult, replay } from "./replay.ts";

/** What became of one recording. */
export interface ReplayedRecording {
  readonly recording: Recording;
  /** Null when nothing could be read. */
  readonly result: ReplayResult | null;
  /** What is missing and why, a sentence each; empty when everything was read. */
  readonly problems: readonly string[];
  /** The error before the first packet; null: none. */
  readonly failure: CaptureError | null;
}

/** What the recordings observed; not those without packets. */
export function observationsOf(replayed: readonly ReplayedRecording[]): readonly Observation[] {
  return replayed.flatMap(({ result }) => result?.observation ?? []);
}

interface ReplayControl {
  /** Bytes of all files, for the progress bar. */
  readonly sizes: readonly number[];
  readonly stopping: AbortSignal;
  /** Called and awaited every 20,000 packets. */
  pause(nowMicros: number): Promise<void>;
}

/**
 * Replays recordings one after the other, and finishes the pipeline. What was read before a file failed, or before
 * `stopping` was aborted, is kept. Throws CaptureError when no recording could be read at all.
 */
export async function replayRecordings(
  recordings: readonly Recording[],
  pipeline: Pipeline,
  control: ReplayControl,
): Promise<ReplayedRecording[]> {
  const progress = await readingProgress(control.sizes);
  const replayed: ReplayedRecording[] = [];
  try {
    for (const recording of recordings) {
      progress.begin(recording.files.join(", "));
      replayed.push(await replayOne(recording, pipeline, control, progress.update));
    }
    pipeline.finish();
    await control.pause(Number.POSITIVE_INFINITY);
  } finally {
    progress.end();
  }
  const [first] = replayed;
  if (first?.failure && replayed.every(({ result }) => result === null)) throw first.failure;
  return replayed;
}

async function replayOne(
  recording: Recording,
  pipeline: Pipeline,
  { stopping, pause }: ReplayControl,
  onProgress: (bytes: number) => void,
): Promise<ReplayedRecording> {
  if (stopping.aborted) {
    const problem = `interrupted before ${recording.files.join(", ")} was read`;
    return { recording, result: null, problems: [problem], failure: null };
  }
  try {
    const result = await replay(recording, pipeline, async ({ bytesRead, nowMicros }) => {
      onProgress(bytesRead);
      await pause(nowMicros);
      // Signals are delivered between two turns of the event loop.
      await nextTurn();
      return stopping.aborted ? "stop" : undefined;
    });
    return { recording, result, problems: result.problems, failure: null };
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    return { recording, result: null, problems: [error.message], failure: error };
  }
}
