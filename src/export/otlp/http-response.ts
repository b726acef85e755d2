// EDGE: HTTP responses
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { FailureVerdict } from "../queue/exporter.ts";
import { statusMessage } from "./export-response.ts";

/** An ExportTraceServiceResponse and a google.rpc.Status are much shorter. */
const MAX_BODY_BYTES = 64 * 1024;

/** https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes, without 504. */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503]);

/** The fate of pairs by the status of a response that is no success. */
export function httpVerdict(status: number): FailureVerdict {
  // A proxy sent the request on, and waited in vain: DEADLINE_EXCEEDED of gRPC.
  if (status === 504) return "unknown";
  return RETRYABLE.has(status) ? "retry" : "rejected";
}

/** The body, or its first part if it is too long, incomplete or late: the status decides without it. */
export async function readBody(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      // Leaving the loop destroys the response and its connection.
      if (length >= MAX_BODY_BYTES) break;
    }
  } catch {
    // The connection was lost.
  }
  return Buffer.concat(chunks).subarray(0, MAX_BODY_BYTES);
}

/**
 * The `Retry-After` header in milliseconds from now, from seconds or an HTTP date (RFC 9110, 10.2.3); null without a
 * valid one. A date is compared with the server's own clock, if the response has a `Date`.
 */
export function retryAfterMillis(headers: IncomingHttpHeaders, nowMillis: number): number | null {
  const text = headers["retry-after"]?.trim() ?? "";
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const time = /[a-z]/i.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) return null;
  const serverTime = Date.parse(headers.date ?? "");
  return Math.max(0, time - (Number.isNaN(serverTime) ? nowMillis : serverTime));
}

/** Reason in the body of a failed request: a google.rpc.Status, or text. */
export function reasonIn(body: Buffer, contentType: string | undefined): string {
  if (contentType?.startsWith("application/x-protobuf")) return statusMessage(body);
  // Go's server names no type where it answers plain text on a TLS port.
  return /^(text\/plain|application\/json|$)/.test(contentType ?? "") ? body.toString() : "";
}
