import { copyBytes, equalBytes } from "../../bounded/bytes.ts";
import { mix } from "../../bounded/hash.ts";
import type { DnsAnswer, DnsMessage, DnsQuestion } from "../../model/dns-message.ts";

/** More slots than messages between two copies of one, which are microseconds apart, and few enough for the CPU's cache. */
const SLOT_BITS = 6;
const SLOTS = 2 ** SLOT_BITS;
/** Longer messages are rare, and are decoded at each sighting. */
const MAX_BYTES = 512;
/** After this many messages without a copy, only one of `SAMPLE` is remembered, to notice when copies come. */
const PATIENCE = 64;
const SAMPLE = 16;

/**
 * The last messages by their bytes, direct-mapped: each hash has one slot, which holds the last message. One interface after
 * the other shows the same message within microseconds; where only one shows it, to remember each message took a tenth of
 * the time to decode.
 */
export class RecentMessages {
  readonly #bytes = new DataView(new ArrayBuffer(SLOTS * MAX_BYTES));
  readonly #lengths = new Int32Array(SLOTS);
  readonly #fingerprints = new Int32Array(SLOTS);
  readonly #questions = new Array<DnsQuestion | null>(SLOTS).fill(null);
  readonly #answers = new Array<DnsAnswer | null>(SLOTS).fill(null);
  /** Messages since the last copy; beyond PATIENCE, those since the last one that was remembered. */
  #uncopied = 0;

  /** Fills in question, answer and fingerprint of a copy of a recent message; false for any other message. */
  recall(view: DataView, start: number, end: number, message: DnsMessage): boolean {
    const length = end - start;
    const slot = slotOf(view, start, length);
    if (this.#lengths[slot] !== length) return false;
    if (!equalBytes(this.#bytes, slot * MAX_BYTES, view, start, length)) return false;
    const question = this.#questions[slot] ?? null;
    if (question === null) return false;
    this.#uncopied = 0;
    message.question = question;
    message.answer = this.#answers[slot] as DnsAnswer | null;
    message.fingerprint = this.#fingerprints[slot] as number;
    return true;
  }

  remember(view: DataView, start: number, end: number, message: DnsMessage): void {
    const length = end - start;
    if (length > MAX_BYTES) return;
    this.#uncopied++;
    if (this.#uncopied > PATIENCE) {
      if (this.#uncopied < PATIENCE + SAMPLE) return;
      this.#uncopied = PATIENCE;
    }
    const slot = slotOf(view, start, length);
    copyBytes(view, start, this.#bytes, slot * MAX_BYTES, length);
    this.#lengths[slot] = length;
    this.#fingerprints[slot] = message.fingerprint;
    this.#questions[slot] = message.question;
    this.#answers[slot] = message.answer;
  }
}

/** By id and flags, the first four bytes, and the length: enough to find a copy. */
function slotOf(view: DataView, start: number, length: number): number {
  return mix(length, view.getInt32(start)) >>> (32 - SLOT_BITS);
}
