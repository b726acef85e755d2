import type { ServiceGraph } from "../../model/service-graph.ts";
import { checkDistinctFiles } from "../../output/files/distinct-files.ts";
import type { Report } from "../../output/stderr.ts";
import { groupByNode } from "../../replay/capture-arguments.ts";
import { inputFiles, openRecordings, type RecordingOptions } from "../../replay/open-recordings.ts";
import { replayGraph } from "../../replay/replay-graph.ts";

/** Captures and what names their addresses, as commander returns them. */
export interface CaptureOptions extends RecordingOptions {
  /** Captures of one node. */
  readonly files?: readonly string[];
  /** `NODE=FILE`. */
  readonly capture?: readonly string[];
  readonly output?: string | undefined;
}

/** The graph of captures, as `replay` draws it. Throws ConfigError and CaptureError. */
export async function readCapturedGraph(options: CaptureOptions, report: Report): Promise<ServiceGraph> {
  const groups = groupByNode({ ...options, files: options.files ?? [] });
  checkDistinctFiles(options, inputFiles(groups, options));
  return await replayGraph(openRecordings(groups, options), { keepNodes: options.keepNodes === true, report });
}
