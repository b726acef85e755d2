import type { Exporter } from "../export/queue/exporter.ts";
import type { Interaction } from "../model/interaction.ts";
import { printMessage } from "../output/stderr.ts";
import { sendingProgress } from "./progress.ts";

/** Fills the exporter's queue no faster than it empties: files are read faster than a Collector accepts pairs. */
export class PacedExport {
  readonly #exporter: Exporter;
  #held: { readonly interaction: Interaction; readonly count: number }[] = [];

  constructor(exporter: Exporter) {
    this.#exporter = exporter;
  }

  add(interaction: Interaction, count: number): void {
    this.#held.push({ interaction, count });
  }

  /** Resolves when the queue has taken all pairs added so far. */
  async flush(): Promise<void> {
    const held = this.#held;
    this.#held = [];
    for (const { interaction, count } of held) {
      await this.#exporter.waitForRoom(1);
      this.#exporter.add(interaction, count);
    }
  }

  /** Resolves when all pairs are sent or dropped; false when not all were accepted. */
  async drain(): Promise<boolean> {
    const progress = await sendingProgress(this.#exporter.destination);
    const { complete, problem } = await this.#exporter.drain(progress.update);
    progress.end();
    // A problem was printed when it began.
    if (!complete && problem === null)
      printMessage("not every span pair was accepted; see the counters of --stats FILE");
    return complete;
  }
}
