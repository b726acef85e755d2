import type { Interaction } from "../../model/interaction.ts";
import type { SpanPair } from "../spans/span-pair.ts";

/**
 * Fate of the pairs of a failed request. `retry`: the Collector did not accept them. `rejected`: it rejects them
 * permanently. `unknown`: it may have accepted them, so a retry could count them twice.
 */
export type FailureVerdict = "retry" | "rejected" | "unknown";

export interface FailedAnswer {
  readonly type: "failed";
  readonly verdict: FailureVerdict;
  /** Kind of the failure: a status of the transport, or a word. */
  readonly code: number | string | null;
  /** Retry delay from the server; null without one. */
  readonly retryAfterMillis: number | null;
  /** The reason as one sentence with a fix. */
  readonly sentence: string;
}

/** The request was accepted; with `rejected`, it is a partial success of OTLP. */
export interface AcceptedAnswer {
  readonly type: "accepted";
  readonly rejected?: {
    readonly spans: number;
    /** As in `FailedAnswer`. */
    readonly sentence: string;
  };
}

/** Result of one request. */
export type SendAnswer = AcceptedAnswer | FailedAnswer;

/** Sends pairs, one request per call. Its promises never reject. */
export interface SpanPairSink {
  send(pairs: readonly SpanPair[]): Promise<SendAnswer>;
  shutdown(): Promise<void>;
}

/**
 * Pairs by fate. `queued` = `sent` + all of `dropped` + `unknown` + pairs still in the queue or in a request.
 * `unknown`: no answer to a request that was sent, so the Collector may or may not have counted them. `retried` counts a
 * pair per retry.
 */
export interface ExportCounters {
  queued: number;
  sent: number;
  unknown: number;
  retried: number;
  readonly dropped: Record<ExportDropReason, number>;
}

export type ExportDropReason =
  /** The queue was full. */
  | "queue_full"
  /** Older than Tempo accepts. */
  | "too_old"
  /** The Collector rejected it. */
  | "rejected"
  /** The Collector was unavailable until the retries ended. */
  | "unreachable"
  /** Still queued when the exporter was shut down. */
  | "shutdown";

export interface DrainResult {
  /** Every pair was accepted by the Collector. */
  readonly complete: boolean;
  readonly counters: ExportCounters;
  /** Reason of the last failed request, with a fix; null if none failed. */
  readonly problem: string | null;
}

/** Queues interactions as span pairs and sends them. `add` never blocks and never throws. */
export interface Exporter {
  /** False if the export is disabled (`OTEL_TRACES_EXPORTER=none`, `OTEL_SDK_DISABLED=true`). */
  readonly isSending: boolean;
  /** Where pairs go, for messages: an address, `console` or `nowhere`. */
  readonly destination: string;
  readonly counters: ExportCounters;
  /** `count`: connections that the pair represents, if its consumer multiplies; 1 by default. */
  add(interaction: Interaction, count?: number): void;
  /** Resolves when at least `pairs` more can be added without a drop; back pressure for a replay. */
  waitForRoom(pairs: number): Promise<void>;
  start(): void;
  /** Sends all queued pairs. */
  forceFlush(): Promise<void>;
  /** Resolves when every pair is sent or dropped. `onProgress` gets the number of finished pairs. */
  drain(onProgress?: (done: number, queued: number) => void): Promise<DrainResult>;
  /** Sends queued pairs for at most `graceMillis`, drops the rest, and closes. Idempotent. */
  shutdown(graceMillis?: number): Promise<void>;
}

export function newExportCounters(): ExportCounters {
  return {
    queued: 0,
    sent: 0,
    unknown: 0,
    retried: 0,
    dropped: { queue_full: 0, too_old: 0, rejected: 0, unreachable: 0, shutdown: 0 },
  };
}
