import type { Failure } from "./retry.ts";

/** A server may want longer: pairs are too old by then, and one request a minute finds out whether it still does. */
const MAX_HOLD_MILLIS = 60_000;

/**
 * Gets a sentence when requests begin to fail, and when the sentence changes; null when they succeed again. `isSameFailure`:
 * only the sentence has changed, not the code.
 */
export type ServerStateListener = (problem: string | null, isSameFailure: boolean) => void;

/** What the answers of the server say: whether requests fail and why, and until when it wants none. */
export class ServerState {
  readonly #onChange: ServerStateListener;
  /** Code of the last failure; undefined while requests succeed. */
  #failingCode: Failure["code"] | undefined = undefined;
  #heldUntilMicros = Number.NEGATIVE_INFINITY;
  lastFailure: string | null = null;

  constructor(onChange: ServerStateListener) {
    this.#onChange = onChange;
  }

  /** How long the server wants no request; 0 or less: it does not say so. */
  heldMillis(nowMicros: number): number {
    return Math.ceil((this.#heldUntilMicros - nowMicros) / 1000);
  }

  /** Compares codes, since sentences of the same failure differ in details. */
  noteFailure({ code, sentence, retryAfterMillis }: Failure, nowMicros: number): void {
    const heldMillis = Math.min(retryAfterMillis ?? 0, MAX_HOLD_MILLIS);
    if (heldMillis > 0) this.#heldUntilMicros = Math.max(this.#heldUntilMicros, nowMicros + heldMillis * 1000);
    const isSameFailure = this.#failingCode === code;
    const isReported = isSameFailure && this.lastFailure === sentence;
    this.#failingCode = code;
    this.lastFailure = sentence;
    if (!isReported) this.#onChange(sentence, isSameFailure);
  }

  noteSuccess(): void {
    if (this.#failingCode === undefined) return;
    this.#failingCode = undefined;
    this.#onChange(null, false);
  }
}
