// EDGE: process

/** Ends what a script has started: the latest first, at its end or at a signal. */
export class Cleanup {
  readonly #steps: (() => unknown)[] = [];
  #running: Promise<void> | null = null;

  add(step: () => unknown): void {
    this.#steps.push(step);
  }

  /** Any number of times. A step that fails keeps no other from its turn. */
  run(): Promise<void> {
    this.#running ??= this.#runAll();
    return this.#running;
  }

  async #runAll(): Promise<void> {
    const errors: unknown[] = [];
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}

/** Runs a script, whose result is the exit code, and cleans up after it; Ctrl-C ends it with 130. */
export async function withCleanup(script: (cleanup: Cleanup) => Promise<number>): Promise<void> {
  const cleanup = new Cleanup();
  let isInterrupted = false;
  const interrupt = () => {
    isInterrupted = true;
    void cleanup.run().finally(() => process.exit(130));
  };
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  try {
    process.exitCode = await script(cleanup);
  } catch (error) {
    // What it waited for was taken away.
    if (!isInterrupted) throw error;
  } finally {
    await cleanup.run();
    process.removeListener("SIGINT", interrupt).removeListener("SIGTERM", interrupt);
  }
}
