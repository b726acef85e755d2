import type { SpanPair } from "../spans/span-pair.ts";
import type { FailedAnswer, SendAnswer, SpanPairSink } from "./exporter.ts";
import { GrpcStatus } from "./grpc-status.ts";

/**
 * https://opentelemetry.io/docs/specs/otlp/#failures lists DEADLINE_EXCEEDED too, but the Collector had counted 8 of
 * 32 requests that ended so: repeating them counts them twice.
 */
const RETRYABLE: ReadonlySet<number> = new Set([
  GrpcStatus.cancelled,
  GrpcStatus.aborted,
  GrpcStatus.outOfRange,
  GrpcStatus.unavailable,
  GrpcStatus.dataLoss,
]);

export type Verdict = "sent" | "unknown" | "rejected" | "retry";

/** What an answer means for the pairs of its request. */
export function verdictOf(answer: SendAnswer): Verdict {
  if (answer.type === "accepted") return "sent";
  if (answer.code === GrpcStatus.deadlineExceeded) return "unknown";
  if (answer.code === GrpcStatus.resourceExhausted) return answer.retryAfterMillis === null ? "rejected" : "retry";
  return answer.code !== null && RETRYABLE.has(answer.code) ? "retry" : "rejected";
}

const FIRST_WAIT_MILLIS = 500;
/** Short enough that a pair of the beginning of a 20 s outage still goes out within its 25 s. */
const MAX_WAIT_MILLIS = 3_000;
const GROWTH = 1.5;
const JITTER = 0.2;

/** Milliseconds before repeat number `repeat` (from 0): grows, bounded, 20 % of jitter either way; never less than what the server asks for. */
export function backOffMillis(repeat: number, retryAfterMillis: number | null, random: number): number {
  const base = Math.min(MAX_WAIT_MILLIS, FIRST_WAIT_MILLIS * GROWTH ** repeat);
  return Math.max(base * (1 + JITTER * (2 * random - 1)), retryAfterMillis ?? 0);
}

/** Time and chance, from outside. */
export interface RetryClock {
  nowMicros(): number;
  /** 0 to 1. */
  random(): number;
  /** Resolves after the time, or at once when `signal` aborts. */
  wait(millis: number, signal: AbortSignal): Promise<void>;
}

export interface RetryLimits {
  /** From the first failure of a batch. */
  readonly maxRetryMicros: number;
  readonly isTooOld: (pair: SpanPair, nowMicros: number) => boolean;
}

export interface RetryReport {
  sent: number;
  unknown: number;
  rejected: number;
  unreachable: number;
  too_old: number;
  shutdown: number;
  retried: number;
  /** Why it failed last, or was accepted in part; null when it was accepted. */
  problem: string | null;
}

/**
 * Sends one batch until it is accepted, refused, too old or out of time. Its report accounts for every pair once.
 * Pairs that grow too old between two tries leave the batch; `signal` ends the waiting, not a request
 * under way; its reason (`unreachable` or `shutdown`) says as what the pairs are then dropped.
 */
export async function sendWithRetry(
  batch: readonly SpanPair[],
  sink: SpanPairSink,
  clock: RetryClock,
  limits: RetryLimits,
  signal: AbortSignal,
  onFailure: (answer: FailedAnswer) => void,
): Promise<RetryReport> {
  const report: RetryReport = {
    sent: 0,
    unknown: 0,
    rejected: 0,
    unreachable: 0,
    too_old: 0,
    shutdown: 0,
    retried: 0,
    problem: null,
  };
  let pairs = batch;
  let deadline = Number.POSITIVE_INFINITY;
  for (let repeat = 0; ; repeat++) {
    const answer = await sink.send(pairs);
    const verdict = verdictOf(answer);
    if (answer.type === "accepted") {
      // Which spans were rejected is not said, and one half of a pair counts for nothing: at most so many pairs are spoilt.
      const rejected = Math.min(pairs.length, answer.rejected?.spans ?? 0);
      report.sent += pairs.length - rejected;
      report.rejected += rejected;
      report.problem = answer.rejected?.sentence ?? null;
      if (answer.rejected !== undefined) {
        onFailure({ type: "failed", code: GrpcStatus.ok, retryAfterMillis: null, sentence: answer.rejected.sentence });
      }
      return report;
    }
    report.problem = answer.sentence;
    onFailure(answer);
    if (verdict !== "retry") {
      report[verdict] += pairs.length;
      return report;
    }
    const now = clock.nowMicros();
    if (repeat === 0) deadline = now + limits.maxRetryMicros;
    const wait = backOffMillis(repeat, answer.retryAfterMillis, clock.random());
    if (now + wait * 1000 > deadline) {
      report.unreachable += pairs.length;
      return report;
    }
    await clock.wait(wait, signal);
    if (signal.aborted) {
      report[signal.reason === "unreachable" ? "unreachable" : "shutdown"] += pairs.length;
      return report;
    }
    const nowMicros = clock.nowMicros();
    const young = pairs.filter((pair) => !limits.isTooOld(pair, nowMicros));
    report.too_old += pairs.length - young.length;
    pairs = young;
    if (pairs.length === 0) return report;
    report.retried += pairs.length;
  }
}
