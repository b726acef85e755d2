import { jsonText } from "../text/visible-text.ts";
import type { SpanPairSink } from "./queue/exporter.ts";
import type { SpanPair } from "./spans/span-pair.ts";

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
