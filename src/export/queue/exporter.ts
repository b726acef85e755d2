import type { Interaction } from "../../model/interaction.ts";
import type { SpanPair } from "../spans/span-pair.ts";

export interface FailedAnswer {
  readonly type: "failed";
  /** gRPC status code; null when the request never got as far. */
  readonly code: number | null;
  /** What the server asks to wait before a retry; null when it says nothing. */
  readonly retryAfterMillis: number | null;
  /** The reason as one sentence with a fix, for a person. */
  readonly sentence: string;
}

/** The request was taken, but for the spans that its answer says were refused: OTLP's partial success. */
export interface AcceptedAnswer {
  readonly type: "accepted";
  readonly rejected?: {
    readonly spans: number;
    /** As in `FailedAnswer`. */
    readonly sentence: string;
  };
}

/** What became of one request. */
export type SendAnswer = AcceptedAnswer | FailedAnswer;

/** Where pairs go: one call is one request. Never rejects. */
export interface SpanPairSink {
  send(pairs: readonly SpanPair[]): Promise<SendAnswer>;
  shutdown(): Promise<void>;
}

/**
 * Pairs by fate. `queued` = `sent` + all of `dropped` + `unknown` + what still waits.
 * `unknown`: the deadline passed, they may or may not have been counted. `retried` counts pairs once per repeat.
 */
export interface ExportCounters {
  queued: number;
  sent: number;
  unknown: number;
  retried: number;
  readonly dropped: Record<ExportDropReason, number>;
}

export type ExportDropReason =
  /** More pairs waited than the queue holds. */
  | "queue_full"
  /** Tempo would have discarded it. */
  | "too_old"
  /** The Collector answered that it does not take it. */
  | "rejected"
  /** The Collector was not there, through all retries. */
  | "unreachable"
  /** It still waited when the exporter had to end. */
  | "shutdown";

export interface DrainResult {
  /** Every pair was accepted by the Collector. */
  readonly complete: boolean;
  readonly counters: ExportCounters;
  /** Why the last request failed, with a fix; null when none did. */
  readonly problem: string | null;
}

/** The door to this stage. `add` never blocks and never throws. */
export interface Exporter {
  /** False when nothing is sent at all (`OTEL_TRACES_EXPORTER=none`, `OTEL_SDK_DISABLED=true`). */
  readonly isSending: boolean;
  /** Where pairs go, for a person: an address, `console` or `nowhere`. */
  readonly destination: string;
  readonly counters: ExportCounters;
  /** `count`: connections that the pair stands for, where its consumer multiplies; 1 by default. */
  add(interaction: Interaction, count?: number): void;
  /** Resolves when at least `pairs` more can be added without a drop: how a fast reader of a file waits. */
  waitForRoom(pairs: number): Promise<void>;
  start(): void;
  /** Sends what waits now. */
  forceFlush(): Promise<void>;
  /** Waits until everything was sent or dropped. `onProgress` hears how many of all queued pairs are done. */
  drain(onProgress?: (done: number, queued: number) => void): Promise<DrainResult>;
  /** Sends what waits, for at most `graceMillis`, drops the rest, and closes. Idempotent. */
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
