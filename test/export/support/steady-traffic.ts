// An exporter with the options of the agent, and distinguishable pairs at a steady rate.
import { setTimeout as delay } from "node:timers/promises";
import { createExporter } from "../../../src/export/create-exporter.ts";
import type { ExportCounters, Exporter } from "../../../src/export/queue/exporter.ts";
import { interaction } from "./sample-interactions.ts";

const TICK_MILLIS = 20;

export class SteadyTraffic {
  readonly #pairsPerSecond: number;
  readonly exporter: Exporter;
  /** Calls of `onChange` with a new failure, or its end. */
  readonly changes: { readonly problem: string | null; readonly atMillis: number }[] = [];
  /** End time of each pair. */
  readonly endMillis: number[] = [];
  /** Maximum of queued pairs and pairs in flight. */
  maxPending = 0;

  static async start(endpoint: string, pairsPerSecond: number, env: Record<string, string> = {}) {
    const changes: SteadyTraffic["changes"] = [];
    const exporter = await createExporter(
      { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_BSP_SCHEDULE_DELAY: "200", ...env },
      {
        version: "0.0.0",
        keepNodes: false,
        times: "live",
        onChange: (problem, isSameFailure) => {
          if (!isSameFailure) changes.push({ problem, atMillis: Date.now() });
        },
      },
    );
    exporter.start();
    return new SteadyTraffic(exporter, changes, pairsPerSecond);
  }

  private constructor(exporter: Exporter, changes: SteadyTraffic["changes"], pairsPerSecond: number) {
    this.exporter = exporter;
    this.changes = changes;
    this.#pairsPerSecond = pairsPerSecond;
  }

  /** Adds pairs until `isOver`, which is called 50 times per second. */
  async until(isOver: () => boolean): Promise<void> {
    const [start, before] = [performance.now(), this.endMillis.length];
    while (!isOver()) {
      const due = before + ((performance.now() - start) / 1000) * this.#pairsPerSecond;
      while (this.endMillis.length < due) this.#add();
      this.maxPending = Math.max(this.maxPending, this.exporter.counters.queued - accountedFor(this.exporter));
      await delay(TICK_MILLIS);
    }
  }

  seconds(seconds: number): Promise<void> {
    const end = performance.now() + seconds * 1000;
    return this.until(() => performance.now() > end);
  }

  /** Stops adding pairs; sends or drops all pending ones. */
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

/** Pairs with a fate. */
export function accountedFor({ counters }: Exporter): number {
  return counters.sent + counters.unknown + Object.values(counters.dropped).reduce((sum, pairs) => sum + pairs, 0);
}

/** Occurrences of each pair in these requests, by its number. */
export function pairsIn(requests: readonly { readonly bytes: Buffer }[]): Map<number, number> {
  const times = new Map<number, number>();
  for (const { bytes } of requests) {
    // Both spans of a pair have its number.
    const numbers = new Set([...bytes.toString("latin1").matchAll(/pair-(\d+)-/g)].map(([, number]) => Number(number)));
    for (const number of numbers) times.set(number, (times.get(number) ?? 0) + 1);
  }
  return times;
}
