import { createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";

export type Labels = Readonly<Record<string, string>>;

/** A counter or gauge while it was scraped. */
export interface HistorySeries {
  readonly metric: string;
  readonly labels: Labels;
  /** Seconds since the Unix epoch, both included. */
  readonly from: number;
  readonly to: number;
  readonly value: (seconds: number) => number;
}

/** Scrape interval, in seconds. */
export const STEP = 60;

/** Writes samples as `promtool tsdb create-blocks-from openmetrics` reads them. */
export async function writeHistory(path: string, series: readonly HistorySeries[]): Promise<void> {
  const file = createWriteStream(path);
  for (const metric of new Set(series.map((one) => one.metric))) {
    const isCounter = metric.endsWith("_total");
    file.write(`# TYPE ${metric.replace(/_total$/, "")} ${isCounter ? "counter" : "gauge"}\n`);
    for (const one of series) if (one.metric === metric) file.write(samples(one));
  }
  file.end("# EOF\n");
  await finished(file);
}

function samples({ metric, labels, from, to, value }: HistorySeries): string {
  const text = Object.entries(labels).map(([key, one]) => `${key}=${JSON.stringify(one)}`);
  const lines: string[] = [];
  for (let at = from; at <= to; at += STEP) lines.push(`${metric}{${text.join(",")}} ${value(at)} ${at}\n`);
  return lines.join("");
}
