import type { FailedAnswer } from "../queue/exporter.ts";

/** Shortest time between two DNS resolutions of the endpoint. */
export const RESOLUTION_INTERVAL_MILLIS = 10_000;

/** The encoded ExportTraceServiceResponse of an accepted request. */
export interface AcceptedRequest {
  readonly type: "accepted";
  readonly response: Uint8Array;
}

/** Sends an encoded ExportTraceServiceRequest. */
export interface OtlpTransport {
  post(request: Buffer): Promise<AcceptedRequest | FailedAnswer>;
  /** Ends requests in flight. */
  close(): void;
}
