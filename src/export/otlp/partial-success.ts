import { ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";

/** What a Collector refused of a request that it took. */
export interface PartialSuccess {
  readonly rejectedSpans: number;
  /** Why, in the Collector's words; may be empty. */
  readonly message: string;
}

/**
 * Reads an ExportTraceServiceResponse; null where all was taken. An answer that makes no sense says nothing else than
 * its status does: success. https://opentelemetry.io/docs/specs/otlp/#partial-success
 */
export function partialSuccessOf(response: Uint8Array): PartialSuccess | null {
  // Nearly always it is empty.
  if (response.length === 0) return null;
  try {
    const { partialSuccess } = ProtobufTraceSerializer.deserializeResponse(response);
    const rejectedSpans = Number(partialSuccess?.rejectedSpans ?? 0);
    return rejectedSpans > 0 ? { rejectedSpans, message: partialSuccess?.errorMessage ?? "" } : null;
  } catch {
    return null;
  }
}
