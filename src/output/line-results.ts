import type { Interaction } from "../model/interaction.ts";
import { INTERACTIONS_HEADER, incompleteLine } from "../render/interaction-lines.ts";
import type { Counts } from "../telemetry/stats.ts";
import type { Output } from "./files/output.ts";
import { LineFrames } from "./lines/line-frames.ts";
import { LineWriter } from "./lines/line-writer.ts";
import { WaitingLines } from "./lines/waiting-lines.ts";
import type { Results, ResultsOptions } from "./results.ts";

const SECOND_MICROS = 1e6;
/**
 * Lines that wait (50 MB), and seconds of them: a compromised sensor may send facts of any time, and never advance packet
 * time. Beyond these bounds, the oldest second is written early.
 */
const MAX_LINES = 1 << 20;
const MAX_SECONDS = 1_024;

/**
 * Writes interactions as lines, sorted by time within the horizon: they are collected by the second in which they began,
 * and each second is sorted once it is older than the horizon.
 */
export class LineResults implements Results {
  readonly #output: Output;
  readonly #horizonMicros: number;
  readonly #writer: LineWriter;
  readonly #frames = new LineFrames();
  readonly #waiting = new Map<number, WaitingLines>();
  #lines = 0;

  constructor({ output, horizonMicros }: ResultsOptions) {
    this.#output = output;
    this.#writer = new LineWriter((bytes) => output.writeBytes(bytes));
    this.#horizonMicros = horizonMicros;
    output.write(`${INTERACTIONS_HEADER}\n`);
  }

  add(interaction: Interaction): void {
    const second = Math.floor(interaction.timeMicros / SECOND_MICROS);
    let begun = this.#waiting.get(second);
    if (begun === undefined) {
      begun = new WaitingLines();
      this.#waiting.set(second, begun);
    }
    begun.add(this.#frames.of(interaction), interaction);
    const isFull = ++this.#lines > MAX_LINES || this.#waiting.size > MAX_SECONDS;
    // Without a horizon, all lines wait for the end.
    if (isFull && this.#horizonMicros !== Number.POSITIVE_INFINITY)
      this.#writeBefore(Math.min(...this.#waiting.keys()) + 1);
  }

  resolver(): void {}

  advance(micros: number): void {
    if (!Number.isFinite(micros)) return;
    this.#writeBefore(Math.floor((micros - this.#horizonMicros) / SECOND_MICROS));
    this.#output.flush();
  }

  missing(): readonly string[] {
    return [];
  }

  evicted(): Counts {
    return {};
  }

  async finish(problems: readonly string[]): Promise<void> {
    this.#writeBefore(Number.POSITIVE_INFINITY);
    if (problems.length > 0) this.#output.write(`${incompleteLine(problems.join("; "))}\n`);
    this.#output.close();
  }

  #writeBefore(second: number): void {
    const over = [...this.#waiting.keys()].filter((each) => each < second).sort((a, b) => a - b);
    for (const each of over) {
      const lines = this.#waiting.get(each);
      if (lines === undefined) continue;
      this.#waiting.delete(each);
      this.#lines -= lines.size;
      lines.writeTo(this.#writer);
    }
    this.#writer.flush();
  }
}
