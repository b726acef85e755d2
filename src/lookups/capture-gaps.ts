import { CLOCK_STEP_MICROS, CUT_SHORT_MICROS, DNS_ANSWER_MICROS } from "../model/waiting-times.ts";

interface Gap {
  /** The last time that the sensor reported before it; its last facts may be a little later. */
  readonly beginMicros: number;
  /** The first time after it; +∞: packets are still missing. */
  endMicros: number;
}

/** A sensor that crashes again and again makes about ten gaps before a lookup is decided. */
const MAX_GAPS = 16;

/** Where packets are missing: while a sensor is lost, where the clock is set, and after the last packet. */
export class CaptureGaps {
  readonly #gaps: Gap[] = [];
  /** The first time of the capture, or since the clock was set back; null before it. */
  #startMicros: number | null = null;

  /** Packets after `micros` are missing. Without effect in a gap. */
  begin(micros: number): void {
    if (this.#startMicros === null || this.#gaps.at(-1)?.endMicros === Number.POSITIVE_INFINITY) return;
    this.#gaps.push({ beginMicros: micros, endMicros: Number.POSITIVE_INFINITY });
    if (this.#gaps.length > MAX_GAPS) this.#gaps.shift();
  }

  /** Packet time has reached `micros`. */
  advance(micros: number): void {
    this.#startMicros ??= micros;
    const last = this.#gaps.at(-1);
    if (last === undefined || last.endMicros !== Number.POSITIVE_INFINITY) return;
    last.endMicros = Math.max(last.beginMicros, micros);
    if (last.beginMicros - micros < CLOCK_STEP_MICROS) return;
    // The clock was set back, and everything of before is decided.
    this.#gaps.length = 0;
    this.#startMicros = micros;
  }

  /** Whether what a client does right after `micros` may be among the packets that are missing. */
  cutShort(micros: number): boolean {
    return this.#gaps.some(
      ({ beginMicros, endMicros }) => micros < endMicros && beginMicros - micros < CUT_SHORT_MICROS,
    );
  }

  /** Whether any packet after `micros` may be missing. */
  since(micros: number): boolean {
    return this.#gaps.some(({ endMicros }) => micros < endMicros);
  }

  /** Whether questions that were sent before the capture, or in a gap, may still be open at `micros`. */
  isNearStart(micros: number): boolean {
    const start = this.#startMicros;
    if (start !== null && micros < start + DNS_ANSWER_MICROS) return true;
    return this.#gaps.some(
      ({ beginMicros, endMicros }) => beginMicros < micros && micros < endMicros + DNS_ANSWER_MICROS,
    );
  }
}
