import { type GraphSourceOptions, openGraph } from "../../graph-source/graph-source.ts";
import { ConfigError } from "../../model/errors.ts";
import type { ServiceGraph } from "../../model/service-graph.ts";
import { parseDuration, parseTime } from "../../text/duration-text.ts";

export interface DiffSourceOptions extends GraphSourceOptions {
  /** When the newer graph begins: a time, or how long ago. */
  readonly from?: string;
}

/** What to pass where there is no cluster to read the newer graph from. */
const NEWER = "a second graph file, --prometheus URL or --kubeconfig FILE";

export interface DiffGraphs {
  readonly older: ServiceGraph;
  readonly newer: ServiceGraph;
}

/**
 * The graphs to compare: two files; a file and the cluster; or the metrics before and after `from`. Throws ConfigError
 * and CaptureError.
 */
export async function openDiffGraphs(
  files: readonly string[],
  options: DiffSourceOptions,
  nowSeconds: number,
): Promise<DiffGraphs> {
  const [older, newer] = files;
  const { from, ...source } = options;
  if (from !== undefined) return await openMetrics(files, from, source, nowSeconds);
  if (older === undefined) {
    throw new ConfigError("no graph to compare with; use wirespan diff OLDER NEWER, or --prometheus URL --from 1d");
  }
  return {
    older: await openGraph({ graph: [older], clusterDomain: source.clusterDomain }),
    newer: await openGraph(newer === undefined ? { ...source, instead: NEWER } : { ...source, graph: [newer] }),
  };
}

/** The older graph is that of --range before `from`, the newer one begins there. */
async function openMetrics(
  files: readonly string[],
  from: string,
  source: GraphSourceOptions,
  nowSeconds: number,
): Promise<DiffGraphs> {
  if (files.length > 0) throw new ConfigError("--from compares metrics; omit the files, or omit --from");
  if (source.prometheus === undefined) throw new ConfigError("--from requires --prometheus URL; pass it too");
  const begin = readTime("--from", from, nowSeconds);
  const end = source.at === undefined ? Math.ceil(nowSeconds) : readTime("--at", source.at, nowSeconds);
  if (begin >= end) throw new ConfigError("--from is not before the end of the range; pass an earlier time");
  return {
    older: await openGraph({ ...source, at: rfc3339(begin) }),
    newer: await openGraph({ ...source, at: rfc3339(end), range: `${end - begin}s` }),
  };
}

/** Whole seconds since the Unix epoch. */
function readTime(option: string, text: string, nowSeconds: number): number {
  const ago = parseDuration(text);
  const seconds = ago === null ? parseTime(text) : nowSeconds - ago;
  if (seconds !== null) return Math.floor(seconds);
  throw new ConfigError(
    `invalid ${option} ${JSON.stringify(text)}: expected 1d for a day ago, or a time such as 2026-01-31T08:00:00Z`,
  );
}

function rfc3339(seconds: number): string {
  return new Date(seconds * 1_000).toISOString();
}
