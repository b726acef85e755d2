import type { Interaction } from "../../model/interaction.ts";
import type { LineFrame } from "./line-frame.ts";
import { LineNumber, type LineWriter, LINE_NUMBERS as NUMBERS } from "./line-writer.ts";

const FIRST_LINES = 64;

/** Lines that wait to be written: of each, its frame and its numbers. Interactions would take several times as much memory. */
export class WaitingLines {
  readonly #frames: LineFrame[] = [];
  /** NaN for null. */
  #numbers = new Float64Array(FIRST_LINES * NUMBERS);

  get size(): number {
    return this.#frames.length;
  }

  add(frame: LineFrame, interaction: Interaction): void {
    const { timeMicros, clientAddress, durationMicros, retries, nameAgeMicros } = interaction;
    const at = this.#frames.length * NUMBERS;
    this.#frames.push(frame);
    if (at === this.#numbers.length) this.#grow();
    const numbers = this.#numbers;
    numbers[at + LineNumber.time] = timeMicros;
    numbers[at + LineNumber.clientPort] = clientAddress === null ? Number.NaN : clientAddress.port;
    numbers[at + LineNumber.duration] = durationMicros;
    numbers[at + LineNumber.retries] = retries;
    numbers[at + LineNumber.nameAge] = nameAgeMicros ?? Number.NaN;
  }

  /** Writes all lines by time; those of one time in the order in which they were added. */
  writeTo(writer: LineWriter): void {
    const numbers = this.#numbers;
    const order = this.#frames.map((_, line) => line * NUMBERS);
    order.sort((a, b) => (numbers[a + LineNumber.time] as number) - (numbers[b + LineNumber.time] as number));
    for (const at of order) writer.write(this.#frames[at / NUMBERS] as LineFrame, numbers, at);
  }

  #grow(): void {
    const numbers = new Float64Array(2 * this.#numbers.length);
    numbers.set(this.#numbers);
    this.#numbers = numbers;
  }
}
