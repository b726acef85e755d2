import { CLOCK_STEP_MICROS, CUT_SHORT_MICROS, DNS_ANSWER_MICROS } from "../model/waiting-times.ts";

/** A sensor that crashes again and again makes about ten gaps before a lookup is decided. */
const MAX_GAPS = 16;

/**
 * Where packets are missing: before the first one, while a sensor is lost, where the clock is set, and after the last one. A gap
 * begins at the last time that the sensor reported; its last facts may be a little later.
 */
export class CaptureGaps {
  readonly #beginMicros: number[] = [];
  /** The end of the last gap; null: in a gap. */
  #endMicros: number | null = null;

  /** Packets after `micros` are missing. */
  begin(micros: number): void {
    this.#endMicros = null;
    this.#beginMicros.push(micros);
    if (this.#beginMicros.length > MAX_GAPS) this.#beginMicros.shift();
  }

  /** Packet time has reached `micros`. */
  advance(micros: number): void {
    if (this.#endMicros !== null) return;
    this.#endMicros = micros;
    // The clock was set back, and everything of before is decided.
    const lastMicros = this.#beginMicros.at(-1) ?? micros;
    if (lastMicros - micros >= CLOCK_STEP_MICROS) this.#beginMicros.length = 0;
  }

  /** Whether what a client does right after `micros` may be among the packets that are missing. */
  cutShort(micros: number): boolean {
    return this.#beginMicros.some((begin) => Math.abs(begin - micros) < CUT_SHORT_MICROS);
  }

  /** Whether a gap began after `micros`. */
  since(micros: number): boolean {
    return this.#beginMicros.some((begin) => begin + CUT_SHORT_MICROS > micros);
  }

  /** Whether questions of the time before the capture may still be open at `micros`. */
  isNearStart(micros: number): boolean {
    return this.#endMicros !== null && micros < this.#endMicros + DNS_ANSWER_MICROS;
  }
}
