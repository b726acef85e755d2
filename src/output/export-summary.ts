// What became of the span pairs that a command had to send.
import type { ExportCounters, Exporter } from "../export/queue/exporter.ts";
import type { PairSelector } from "../report/pair-selector.ts";
import { say } from "./stderr.ts";

export const NOTHING_SENT = "no span pairs are sent: OTEL_TRACES_EXPORTER or OTEL_SDK_DISABLED says so";

/** Says how many span pairs were accepted, and what became of the others. */
export function sayAccepted(exporter: Exporter, pairs: PairSelector): void {
  if (exporter.isSending) {
    const accepted = `${exporter.counters.sent} of ${count(pairs.counts.made, "span pair")} accepted by ${exporter.destination}`;
    say([accepted, ...losses(exporter.counters)].join(", "));
  } else {
    say(NOTHING_SENT);
  }
}

/** `3 dropped (queue_full)`, by the names that `--stats` has too. */
function losses({ dropped, unknown }: ExportCounters): string[] {
  return [
    ...Object.entries(dropped).map(([reason, pairs]) => ({ pairs, fate: `dropped (${reason})` })),
    { pairs: unknown, fate: "unknown (sent, but not answered in time)" },
  ].flatMap(({ pairs, fate }) => (pairs === 0 ? [] : `${pairs} ${fate}`));
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
