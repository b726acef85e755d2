import { jsonText } from "../model/visible-text.ts";
import type { SpanPairSink } from "./exporter.ts";
import type { SpanPair } from "./span-pair.ts";

/** Writes each pair as one line of JSON: for a look at what would be sent. */
export function createConsoleSink(
  writeLine: (line: string) => void,
  beforeSend: (pairs: readonly SpanPair[]) => readonly SpanPair[],
): SpanPairSink {
  return {
    async send(pairs) {
      for (const pair of beforeSend(pairs)) writeLine(jsonText(pair));
      return { type: "accepted" };
    },
    async shutdown() {},
  };
}
