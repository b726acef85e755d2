import type { ExporterClock } from "../../../src/export/queue/pair-exporter.ts";
import { SAMPLE_MICROS } from "./sample-interactions.ts";

interface Sleeper {
  readonly wakeAt: number;
  readonly wake: () => void;
}

/** A clock that only `advance` moves. */
export class ManualClock implements ExporterClock {
  #now = SAMPLE_MICROS;
  readonly #sleepers = new Set<Sleeper>();

  nowMicros(): number {
    return this.#now;
  }

  random(): number {
    return 0.5;
  }

  soon(work: () => void): void {
    setImmediate(work);
  }

  wait(millis: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted || millis <= 0) return resolve();
      const sleeper = {
        wakeAt: this.#now + millis * 1000,
        wake: () => {
          this.#sleepers.delete(sleeper);
          signal.removeEventListener("abort", sleeper.wake);
          resolve();
        },
      };
      this.#sleepers.add(sleeper);
      signal.addEventListener("abort", sleeper.wake);
    });
  }

  /** Advances in steps of 100 ms, and runs everything that becomes due. */
  async advance(seconds: number): Promise<void> {
    await settle();
    for (const end = this.#now + seconds * 1_000_000; this.#now < end; ) {
      this.#now += 100_000;
      for (const sleeper of [...this.#sleepers]) if (sleeper.wakeAt <= this.#now) sleeper.wake();
      await settle();
    }
  }
}

/** Runs all pending microtasks and immediates. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}
