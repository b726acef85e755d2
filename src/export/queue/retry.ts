import type { SpanPair } from "../spans/span-pair.ts";
import type { AcceptedAnswer, FailedAnswer, SpanPairSink } from "./exporter.ts";

const FIRST_WAIT_MILLIS = 500;
/** Short enough to send a pair from the beginning of a 20 s outage within its 25 s. */
const MAX_WAIT_MILLIS = 3_000;
const GROWTH = 1.5;
const JITTER = 0.2;

/** Milliseconds before retry number `retry` (from 0): bounded exponential with 20 % jitter, at least the delay of the server. */
export function backOffMillis(retry: number, retryAfterMillis: number | null, random: number): number {
  const base = Math.min(MAX_WAIT_MILLIS, FIRST_WAIT_MILLIS * GROWTH ** retry);
  return Math.max(base * (1 + JITTER * (2 * random - 1)), retryAfterMillis ?? 0);
}

/** Time and randomness. */
export interface RetryClock {
  nowMicros(): number;
  /** 0 to 1. */
  random(): number;
  /** Resolves after the time, or immediately when `signal` aborts. */
  wait(millis: number, signal: AbortSignal): Promise<void>;
}

interface RetryLimits {
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
  /** Reason of the last failure or partial success; null if the batch was accepted. */
  problem: string | null;
}

/** A failed request or a partial success. */
export type Failure = Pick<FailedAnswer, "code" | "sentence" | "retryAfterMillis">;

/** How batches are sent. */
export interface BatchSender {
  readonly sink: SpanPairSink;
  readonly clock: RetryClock;
  readonly limits: RetryLimits;
  /** Ends the wait for a retry, but not a request in flight; its reason is the fate of the pairs. */
  readonly signal: AbortSignal;
  readonly onFailure: (failure: Failure) => void;
  /** How long the server wants no request at all; 0 or less: it does not. */
  readonly heldMillis: () => number;
}

/**
 * Sends one batch until it is accepted, rejected, too old or out of time. The report counts every pair once; pairs that
 * become too old between two attempts leave the batch.
 */
export async function sendWithRetry(batch: readonly SpanPair[], sender: BatchSender): Promise<RetryReport> {
  const { sink, clock, limits, onFailure } = sender;
  const report = newRetryReport();
  let pairs = batch;
  let deadline = Number.POSITIVE_INFINITY;
  for (let retry = 0; ; retry++) {
    const answer = await sink.send(pairs);
    if (answer.type === "accepted") {
      countAccepted(report, pairs.length, answer, onFailure);
      return report;
    }
    report.problem = answer.sentence;
    onFailure(answer);
    if (answer.verdict !== "retry") {
      report[answer.verdict] += pairs.length;
      return report;
    }
    if (retry === 0) deadline = clock.nowMicros() + limits.maxRetryMicros;
    const lost = await waitForRetry(backOffMillis(retry, answer.retryAfterMillis, clock.random()), deadline, sender);
    if (lost !== null) {
      report[lost] += pairs.length;
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

/** Waits for `millis`, and as long as the server wants no request. Returns the fate of the pairs if that is too long. */
async function waitForRetry(
  millis: number,
  deadlineMicros: number,
  { clock, signal, heldMillis }: BatchSender,
): Promise<"unreachable" | "shutdown" | null> {
  // The answer to another batch may prolong it.
  for (let wait = Math.max(millis, heldMillis()); wait > 0; wait = heldMillis()) {
    if (clock.nowMicros() + wait * 1000 > deadlineMicros) return "unreachable";
    await clock.wait(wait, signal);
    if (signal.aborted) return signal.reason === "unreachable" ? "unreachable" : "shutdown";
  }
  return null;
}

function newRetryReport(): RetryReport {
  const none = { sent: 0, unknown: 0, rejected: 0, unreachable: 0, too_old: 0, shutdown: 0, retried: 0 };
  return { ...none, problem: null };
}

/** The answer does not name the rejected spans. One span of a pair is useless, so each rejected span may cost a pair. */
function countAccepted(
  report: RetryReport,
  pairs: number,
  { rejected }: AcceptedAnswer,
  onFailure: (failure: Failure) => void,
): void {
  const lost = Math.min(pairs, rejected?.spans ?? 0);
  report.sent += pairs - lost;
  report.rejected += lost;
  report.problem = rejected?.sentence ?? null;
  if (rejected === undefined) return;
  onFailure({ code: "partial success", sentence: rejected.sentence, retryAfterMillis: null });
}
