// EDGE: timers.

/** A pause takes at least this many times as long as the work before it. */
const PAUSE_FACTOR = 9;

/** Repeats slow work at an interval, but for at most a tenth of the time. The first error ends it. */
export class Renewal {
  readonly #everyMillis: number;
  readonly #work: () => Promise<void>;
  readonly #onError: (error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(everyMillis: number, work: () => Promise<void>, onError: (error: unknown) => void) {
    this.#everyMillis = everyMillis;
    this.#work = work;
    this.#onError = onError;
    this.#schedule(everyMillis);
  }

  /** Resolves when the running work has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #schedule(millis: number): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => {
      this.#running = this.#run();
    }, millis);
  }

  async #run(): Promise<void> {
    const start = performance.now();
    try {
      await this.#work();
    } catch (error) {
      this.#onError(error);
      return;
    }
    const spent = performance.now() - start;
    this.#schedule(Math.max(this.#everyMillis - spent, spent * PAUSE_FACTOR));
  }
}
