// EDGE: signals
const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

/** The signals that ask a command to end, from when it is made until it is let go. */
export class StopSignals {
  readonly #stopping = new AbortController();
  readonly #stop = (): void => {
    this.atMillis = performance.now();
    // A second signal does what it does without a handler: it ends the process at once.
    this.release();
    this.#stopping.abort();
  };
  /** When the first one came; null before it. */
  atMillis: number | null = null;

  constructor() {
    for (const name of SIGNALS) process.on(name, this.#stop);
  }

  get signal(): AbortSignal {
    return this.#stopping.signal;
  }

  release(): void {
    for (const name of SIGNALS) process.off(name, this.#stop);
  }
}
