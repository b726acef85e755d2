// EDGE: process (standard output), time and timers
import { jsonText } from "../text/visible-text.ts";
import { type Environment, readOtlpEnvironment } from "./otlp/otlp-environment.ts";
import { type Exporter, newExportCounters, type SpanPairSink } from "./queue/exporter.ts";
import { type ExporterClock, PairExporter } from "./queue/pair-exporter.ts";
import { MAX_AGE_MICROS, MAX_BATCH_BYTES } from "./queue/pair-queue.ts";
import type { ServerStateListener } from "./queue/server-state.ts";
import { endingAt, type SpanPair } from "./spans/span-pair.ts";

export interface ExporterOptions {
  /** Version of wirespan. */
  readonly version: string;
  readonly keepNodes: boolean;
  /**
   * `live`: pairs keep their times, and pairs too old for Tempo are dropped.
   * `replay`: each pair is shifted to end when it is sent, and an unreachable Collector ends the export.
   */
  readonly times: "live" | "replay";
  readonly onChange?: ServerStateListener;
  /** Where the console exporter writes; standard output by default. */
  readonly writeLine?: (line: string) => void;
  /** How long a failed request is retried; by default until its pairs are too old, in a replay 10 s. */
  readonly maxRetryMillis?: number;
}

const MAX_RETRY_MILLIS = { live: MAX_AGE_MICROS / 1000, replay: 10_000 } as const;

const clock: ExporterClock = {
  nowMicros: () => Date.now() * 1000,
  random: Math.random,
  wait: (millis, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
        resolve();
      };
      const timer = setTimeout(end, millis);
      signal.addEventListener("abort", end);
    }),
  soon: setImmediate,
};

const DISABLED: Exporter = {
  isSending: false,
  destination: "nowhere",
  counters: newExportCounters(),
  add() {},
  async waitForRoom() {},
  start() {},
  async forceFlush() {},
  async drain() {
    return { complete: true, counters: newExportCounters(), problem: null };
  },
  async shutdown() {},
};

/** Writes each pair as one line of JSON, to show what would be sent. */
function consoleSink(
  writeLine: (line: string) => void,
  beforeSend: (pairs: readonly SpanPair[]) => readonly SpanPair[],
): SpanPairSink {
  return {
    async send(pairs) {
      for (const pair of beforeSend(pairs)) writeLine(jsonText(pair));
      return { type: "accepted" };
    },
    async shutdown() {},
  };
}

/**
 * The exporter that the `OTEL_*` variables configure. Serializer and transport are loaded only if needed.
 * Throws ConfigError for invalid variables: one sentence with a fix.
 */
export async function createExporter(env: Environment, options: ExporterOptions): Promise<Exporter> {
  const environment = readOtlpEnvironment(env);
  if (environment.tracesExporter === "none") return DISABLED;
  const isReplay = options.times === "replay";
  const beforeSend = (pairs: readonly SpanPair[]): readonly SpanPair[] => {
    if (!isReplay) return pairs;
    const now = clock.nowMicros();
    return pairs.map((pair) => endingAt(pair, now));
  };
  const sink =
    environment.tracesExporter === "console"
      ? consoleSink(options.writeLine ?? ((line) => void process.stdout.write(`${line}\n`)), beforeSend)
      : await (await import("./otlp/otlp-sink.ts")).createOtlpSink(environment, {
          version: options.version,
          beforeSend,
        });
  return new PairExporter(sink, clock, {
    keepNodes: options.keepNodes,
    queue: {
      maxPairs: environment.maxQueuePairs,
      maxBatchPairs: environment.maxBatchPairs,
      maxBatchBytes: MAX_BATCH_BYTES,
      maxAgeMicros: isReplay ? null : MAX_AGE_MICROS,
    },
    scheduleDelayMillis: environment.scheduleDelayMillis,
    maxRetryMillis: options.maxRetryMillis ?? MAX_RETRY_MILLIS[options.times],
    stopWhenUnreachable: isReplay,
    destination: environment.tracesExporter === "console" ? "console" : environment.endpoint.written,
    onChange: options.onChange ?? (() => {}),
  });
}
