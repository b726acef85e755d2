// An exporter as the agent runs it, and pairs at a steady rate, each of which can be told from all others.
import { setTimeout as delay } from "node:timers/promises";
import { createExporter } from "../../../src/export/create-exporter.ts";
import type { ExportCounters, Exporter } from "../../../src/export/queue/exporter.ts";
import { interaction } from "./sample-interactions.ts";

const TICK_MILLIS = 20;

export class SteadyTraffic {
  readonly #pairsPerSecond: number;
  readonly exporter: Exporter;
  /** What a person would be told: a sentence when sending begins to fail, null when it works again. */
  readonly heard: { readonly problem: string | null; readonly atMillis: number }[] = [];
  /** When each pair ended. */
  readonly endMillis: number[] = [];
  /** The most that waited or was under way at a time. */
  mostWaiting = 0;

  static async start(endpoint: string, pairsPerSecond: number, env: Record<string, string> = {}) {
    const heard: SteadyTraffic["heard"] = [];
    const exporter = await createExporter(
      { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_BSP_SCHEDULE_DELAY: "200", ...env },
      {
        ...{ version: "0.0.0", keepNodes: false, times: "live" },
        onChange: (problem) => heard.push({ problem, atMillis: Date.now() }),
      },
    );
    exporter.start();
    return new SteadyTraffic(exporter, heard, pairsPerSecond);
  }

  private constructor(exporter: Exporter, heard: SteadyTraffic["heard"], pairsPerSecond: number) {
    this.exporter = exporter;
    this.heard = heard;
    this.#pairsPerSecond = pairsPerSecond;
  }

  /** Pairs until `isOver`, which is asked 50 times a second. */
  async until(isOver: () => boolean): Promise<void> {
    const [start, before] = [performance.now(), this.endMillis.length];
    while (!isOver()) {
      const due = before + ((performance.now() - start) / 1000) * this.#pairsPerSecond;
      while (this.endMillis.length < due) this.#add();
      this.mostWaiting = Math.max(this.mostWaiting, this.exporter.counters.queued - accountedFor(this.exporter));
      await delay(TICK_MILLIS);
    }
  }

  seconds(seconds: number): Promise<void> {
    const end = performance.now() + seconds * 1000;
    return this.until(() => performance.now() > end);
  }

  /** No more pairs: all that waits is sent or given up. */
  async end(): Promise<ExportCounters> {
    await this.exporter.drain();
    await this.exporter.shutdown();
    return this.exporter.counters;
  }

  #add(): void {
    const now = Date.now();
    const reporter = `pair-${this.endMillis.length}-`;
    this.endMillis.push(now);
    this.exporter.add(interaction({ timeMicros: now * 1000 - 500, durationMicros: 500, reporter }));
  }
}

/** Pairs whose fate is known. */
export function accountedFor({ counters }: Exporter): number {
  return counters.sent + counters.unknown + Object.values(counters.dropped).reduce((sum, pairs) => sum + pairs, 0);
}

/** How often each pair stands in these requests, by its number. */
export function pairsIn(requests: readonly { readonly bytes: Buffer }[]): Map<number, number> {
  const times = new Map<number, number>();
  for (const { bytes } of requests) {
    // Each number stands on both halves.
    const numbers = new Set([...bytes.toString("latin1").matchAll(/pair-(\d+)-/g)].map(([, number]) => Number(number)));
    for (const number of numbers) times.set(number, (times.get(number) ?? 0) + 1);
  }
  return times;
}
