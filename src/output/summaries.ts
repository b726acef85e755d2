// Messages on results and span pairs: what to expect when a command starts, what was written and sent when it ends.
import type { ExportCounters, Exporter } from "../export/queue/exporter.ts";
import type { PairCounts } from "../report/pair-selector.ts";
import { countText } from "../text/number-text.ts";
import type { Destinations } from "./destinations.ts";
import { isStandardOutput } from "./files/output.ts";

type WrittenResults = Pick<Destinations, "format" | "output" | "renewMillis">;

/** When results are written; null for lines on standard output, which show by themselves, and without results. */
export function resultsNotice({ format, output, renewMillis }: WrittenResults): string | null {
  if (format === null) return null;
  if (format === "jsonl") return isStandardOutput(output) ? null : `writing interactions to ${output} until Ctrl-C`;
  const place = isStandardOutput(output) ? "standard output" : output;
  if (renewMillis !== undefined)
    return `the ${format} is written to ${place} every ${renewMillis / 1_000} s until Ctrl-C or SIGTERM`;
  return `the ${format} is written to ${place} when the agent stops (Ctrl-C or SIGTERM)`;
}

/** What was written to a file; null for standard output and without results. */
export function resultsSummary(
  { format, output }: WrittenResults,
  { packets, interactions }: { readonly packets: number; readonly interactions: number },
): string | null {
  if (format === null || isStandardOutput(output)) return null;
  return `wrote ${countText(interactions, "interaction")} of ${countText(packets, "packet")} to ${output}`;
}

/** Where span pairs are sent. */
export function exportNotice({ isSending, destination }: Exporter): string {
  return isSending
    ? `sending span pairs to ${destination}`
    : "span pairs are not sent: OTEL_TRACES_EXPORTER or OTEL_SDK_DISABLED disables the export";
}

/** How many span pairs were accepted, dropped and of unknown fate. */
export function exportSummary(exporter: Exporter, pairs: PairCounts): string {
  if (!exporter.isSending) return exportNotice(exporter);
  const accepted = `${exporter.counters.sent} of ${countText(pairs.made, "span pair")} accepted by ${exporter.destination}`;
  return [accepted, ...losses(exporter.counters)].join(", ");
}

/** `3 dropped (queue_full)`, with the reasons of `--stats`. */
function losses({ dropped, unknown }: ExportCounters): string[] {
  return [
    ...Object.entries(dropped).map(([reason, pairs]) => ({ pairs, fate: `dropped (${reason})` })),
    { pairs: unknown, fate: "unknown (sent, but the Collector did not confirm them)" },
  ].flatMap(({ pairs, fate }) => (pairs === 0 ? [] : `${pairs} ${fate}`));
}
