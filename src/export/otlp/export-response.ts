import { ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";

/** The spans of an accepted request that the Collector rejected. */
interface PartialSuccess {
  readonly rejectedSpans: number;
  /** Reason from the Collector; may be empty. */
  readonly message: string;
}

/**
 * The partial success in an ExportTraceServiceResponse; null if all spans were accepted, and for a malformed response,
 * since its status is OK. https://opentelemetry.io/docs/specs/otlp/#partial-success
 */
export function partialSuccessOf(response: Uint8Array): PartialSuccess | null {
  // The usual response is empty.
  if (response.length === 0) return null;
  try {
    const { partialSuccess } = ProtobufTraceSerializer.deserializeResponse(response);
    const rejectedSpans = Number(partialSuccess?.rejectedSpans ?? 0);
    return rejectedSpans > 0 ? { rejectedSpans, message: partialSuccess?.errorMessage ?? "" } : null;
  } catch {
    return null;
  }
}

/** One field of a protobuf message: https://protobuf.dev/programming-guides/encoding/ */
interface Field {
  readonly number: number;
  /** Value of a varint field; 0 for others. */
  readonly varint: number;
  /** Content of a length-delimited field; empty for others. */
  readonly bytes: Uint8Array;
}

const WIRE_VARINT = 0;
const WIRE_FIXED64 = 1;
const WIRE_LENGTH = 2;
const WIRE_FIXED32 = 5;
const EMPTY = new Uint8Array(0);

function readVarint(bytes: Uint8Array, at: number): { value: number; next: number } | null {
  let value = 0;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) return null;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, next: at + i + 1 };
  }
  return null;
}

/** Fields in order, until the end or the first malformed byte. */
function* fields(bytes: Uint8Array): Generator<Field> {
  let at = 0;
  while (at < bytes.length) {
    const tag = readVarint(bytes, at);
    if (tag === null) return;
    const number = Math.floor(tag.value / 8);
    const wireType = tag.value % 8;
    at = tag.next;
    if (wireType === WIRE_FIXED64 || wireType === WIRE_FIXED32) {
      at += wireType === WIRE_FIXED64 ? 8 : 4;
      continue;
    }
    if (wireType !== WIRE_VARINT && wireType !== WIRE_LENGTH) return;
    const varint = readVarint(bytes, at);
    if (varint === null) return;
    at = varint.next;
    if (wireType === WIRE_VARINT) {
      yield { number, varint: varint.value, bytes: EMPTY };
      continue;
    }
    if (at + varint.value > bytes.length) return;
    yield { number, varint: 0, bytes: bytes.subarray(at, at + varint.value) };
    at += varint.value;
  }
}

function fieldBytes(message: Uint8Array, number: number): Uint8Array | null {
  for (const field of fields(message)) if (field.number === number) return field.bytes;
  return null;
}

/** google.protobuf.Duration in milliseconds. */
function durationMillis(message: Uint8Array): number {
  let millis = 0;
  for (const field of fields(message)) {
    if (field.number === 1) millis += field.varint * 1000;
    if (field.number === 2) millis += field.varint / 1e6;
  }
  return millis;
}

/**
 * The retry delay in milliseconds from the `grpc-status-details-bin` trailer (a google.rpc.Status with
 * google.rpc.RetryInfo in its details); null without one. Never throws.
 * https://opentelemetry.io/docs/specs/otlp/#otlpgrpc-throttling
 */
export function retryDelayMillis(statusDetails: Uint8Array): number | null {
  for (const detail of fields(statusDetails)) {
    if (detail.number !== 3) continue;
    const typeUrl = new TextDecoder().decode(fieldBytes(detail.bytes, 1) ?? EMPTY);
    if (!typeUrl.endsWith("/google.rpc.RetryInfo")) continue;
    return durationMillis(fieldBytes(fieldBytes(detail.bytes, 2) ?? EMPTY, 1) ?? EMPTY);
  }
  return null;
}

/** `message` of a google.rpc.Status; empty without one. Never throws. */
export function statusMessage(status: Uint8Array): string {
  return new TextDecoder().decode(fieldBytes(status, 2) ?? EMPTY);
}
