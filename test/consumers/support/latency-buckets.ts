import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { repositoryRoot } from "../../support/paths.ts";

const SECONDS = { us: 1e-6, ms: 1e-3, s: 1 } as const;

function seconds(duration: string): number {
  const [, number, unit] = /^([0-9.]+)(us|ms|s)$/.exec(duration) ?? [];
  if (unit === undefined) throw new Error(`${duration} is no duration`);
  return Number(number) * SECONDS[unit as keyof typeof SECONDS];
}

function read(file: string) {
  return parse(readFileSync(join(repositoryRoot, "collector-config", file), "utf8"));
}

/** Upper bounds in seconds of the latency histogram of a shipped Collector configuration. */
export function collectorBuckets(file: string): number[] {
  return (read(file).connectors.service_graph.latency_histogram_buckets as string[]).map(seconds);
}

/** The same of both of Tempo's processors. */
export function tempoBuckets(): { readonly graph: number[]; readonly spans: number[] } {
  const { service_graphs: graph, span_metrics: spans } = read("tempo.yaml").metrics_generator.processor;
  return { graph: graph.histogram_buckets, spans: spans.histogram_buckets };
}

/** Which bucket holds this many seconds. */
export function bucketOf(bounds: readonly number[], value: number): number {
  const index = bounds.findIndex((bound) => value <= bound);
  return index < 0 ? bounds.length : index;
}
