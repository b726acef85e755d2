import type { SpanAttributes } from "./resource-identity.ts";
import type { HalfSpan, SpanPair } from "./span-pair.ts";

/** Ids, times, kind, status, flags, scope and the lengths in front of them take 153 bytes per span with its own Resource. */
const FIXED_BYTES_PER_SPAN = 192;
/** Field tags and lengths of one attribute, and any number. */
const FIXED_BYTES_PER_ATTRIBUTE = 24;
/** A UTF-16 code unit is at most three bytes in UTF-8. */
const BYTES_PER_UNIT = 3;

function attributesBytes(attributes: SpanAttributes): number {
  let bytes = 0;
  for (const key in attributes) {
    const value = attributes[key];
    bytes += FIXED_BYTES_PER_ATTRIBUTE + key.length;
    if (typeof value === "string") bytes += value.length * BYTES_PER_UNIT;
  }
  return bytes;
}

function halfBytes(half: HalfSpan): number {
  return FIXED_BYTES_PER_SPAN + attributesBytes(half.attributes) + attributesBytes(half.resource.attributes);
}

/** Upper bound of the encoded size of a pair in an OTLP request, with Resources of its own. */
export function maxEncodedBytes(pair: SpanPair): number {
  return halfBytes(pair.client) + halfBytes(pair.server) + 2 * pair.name.length;
}
