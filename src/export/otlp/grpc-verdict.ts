import type { FailureVerdict } from "../queue/exporter.ts";
import { GrpcStatus } from "./grpc-status.ts";

/** A call that failed. */
export interface GrpcFailure {
  /** gRPC status code; null for a failure before gRPC. */
  readonly code: number | null;
  readonly details: string;
  /** The status is the server's. Otherwise it is grpc-js's own, for a call without an answer. */
  readonly isAnswered: boolean;
  /** From a RetryInfo; null without one. */
  readonly retryAfterMillis: number | null;
}

/**
 * https://opentelemetry.io/docs/specs/otlp/#failures lists DEADLINE_EXCEEDED too, but the Collector had counted 8 of 32
 * requests that ended with it: retrying them would count them twice.
 */
const RETRYABLE: ReadonlySet<number> = new Set([
  GrpcStatus.cancelled,
  GrpcStatus.aborted,
  GrpcStatus.outOfRange,
  GrpcStatus.unavailable,
  GrpcStatus.dataLoss,
]);

/** What grpc-js 1.14 says of a call that no server has seen. A refused stream was not processed (RFC 9113, 8.7). */
const NOT_SENT =
  /^(No connection established|Name resolution failed|Stream refused by server)|waiting for (LB pick|name resolution)/i;

/** What it says of a connection that was lost, before or after the headers of a response. */
const LOST = /^(Connection dropped|read |write )/i;

/**
 * The fate of the pairs. Without an answer it is unknown once the call was sent, whatever code grpc-js gives the loss of the
 * connection or of the stream.
 */
export function grpcVerdict({ code, details, isAnswered, retryAfterMillis }: GrpcFailure): FailureVerdict {
  if (code === null) return "rejected";
  if (!isAnswered) return isUnsent(details) ? "retry" : "unknown";
  if (code === GrpcStatus.deadlineExceeded) return "unknown";
  if (code === GrpcStatus.resourceExhausted) return retryAfterMillis === null ? "rejected" : "retry";
  return RETRYABLE.has(code) ? "retry" : "rejected";
}

/** Whether a call without an answer ended before it was sent: no connection was established. */
export function isUnsent(details: string): boolean {
  return NOT_SENT.test(details);
}

/** Whether a server has answered: with metadata in its status, or with headers before it. */
export function isAnswer(details: string, hasHeaders: boolean, hasMetadata: boolean): boolean {
  return hasMetadata || (hasHeaders && !LOST.test(details));
}
