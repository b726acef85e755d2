import { copyBytes, equalBytes } from "../../bounded/byte-hash.ts";
import type { DnsAnswer, DnsMessage, DnsQuestion } from "../../model/dns-message.ts";

/** A power of two: as many as may come in the microseconds between two copies, and few enough to stay in the cache. */
const PLACES = 64;
const PLACE_BITS = 6;

/** Longer messages are rare; they are decoded at each sighting. */
const MAX_LENGTH = 512;

/**
 * The last messages, by all their bytes: each is seen on several interfaces within microseconds. One place for each
 * hash of the header's begin and the length, where the last comer stays; nothing depends on it but time.
 */
export class RecentMessages {
  readonly #bytes = new DataView(new ArrayBuffer(PLACES * MAX_LENGTH));
  readonly #lengths = new Int32Array(PLACES);
  readonly #fingerprints = new Int32Array(PLACES);
  readonly #questions = new Array<DnsQuestion | null>(PLACES).fill(null);
  readonly #answers = new Array<DnsAnswer | null>(PLACES).fill(null);

  /** Fills in question, answer and fingerprint where a message of the same bytes is remembered; false where none is. */
  recall(view: DataView, start: number, end: number, message: DnsMessage): boolean {
    const length = end - start;
    const place = placeOf(view, start, length);
    if (this.#lengths[place] !== length) return false;
    if (!equalBytes(this.#bytes, place * MAX_LENGTH, view, start, length)) return false;
    const question = this.#questions[place];
    if (question === undefined || question === null) return false;
    message.question = question;
    message.answer = this.#answers[place] ?? null;
    message.fingerprint = this.#fingerprints[place] ?? 0;
    return true;
  }

  remember(view: DataView, start: number, end: number, message: DnsMessage): void {
    const length = end - start;
    if (length > MAX_LENGTH) return;
    const place = placeOf(view, start, length);
    copyBytes(view, start, this.#bytes, place * MAX_LENGTH, length);
    this.#lengths[place] = length;
    this.#fingerprints[place] = message.fingerprint;
    this.#questions[place] = message.question;
    this.#answers[place] = message.answer;
  }
}

/** Id and flags are the first four bytes of a message. */
function placeOf(view: DataView, start: number, length: number): number {
  return Math.imul(view.getInt32(start) ^ length, 0x9e3779b1) >>> (32 - PLACE_BITS);
}
