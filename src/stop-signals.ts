// EDGE: signals, timers
import { setTimeout as delay } from "node:timers/promises";

const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

/** Handles the signals that end a command, until `release`. */
export class StopSignals {
  readonly #stopping = new AbortController();
  readonly #stop = (): void => {
    this.atMillis = performance.now();
    // Without a handler, a second signal ends the process at once.
    this.release();
    this.#stopping.abort();
  };
  /** Time of the first signal; null before it. */
  atMillis: number | null = null;

  constructor() {
    for (const name of SIGNALS) process.on(name, this.#stop);
  }

  get signal(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Resolves after `millis`, or at the first signal. */
  async wait(millis: number): Promise<void> {
    await delay(millis, undefined, { signal: this.signal }).catch(() => {});
  }

  release(): void {
    for (const name of SIGNALS) process.off(name, this.#stop);
  }
}
