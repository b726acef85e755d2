import { CUT_SHORT_MICROS } from "../model/waiting-times.ts";

/** A sensor that crashes again and again interrupts the capture about ten times before a lookup is decided. */
const MAX_INTERRUPTIONS = 16;

/**
 * When packets were lost: at the loss of a sensor, where the clock was set, and at the end of the capture. Each is the last time that
 * the sensor told; its last facts may be a little later.
 */
export class Interruptions {
  readonly #micros: number[] = [];

  add(micros: number): void {
    this.#micros.push(micros);
    if (this.#micros.length > MAX_INTERRUPTIONS) this.#micros.shift();
  }

  /** Whether what a client does right after `micros` may be among the packets that were lost. */
  cutShort(micros: number): boolean {
    return this.#micros.some((each) => Math.abs(each - micros) < CUT_SHORT_MICROS);
  }

  /** Whether there was one after `micros`. */
  since(micros: number): boolean {
    return this.#micros.some((each) => each + CUT_SHORT_MICROS > micros);
  }
}
