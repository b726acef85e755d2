import { ByteCache } from "../../bounded/byte-cache.ts";
import { hashText } from "../../bounded/hash.ts";
import type { DnsQuestion } from "../../model/dns-message.ts";
import { plainNameText } from "./dns-name.ts";

/** Distinct questions remembered, per generation. */
const MEMO_ENTRIES = 8192;
const MEMO_BYTES = 512 * 1024;

/** QTYPE and QCLASS, behind the name. */
const QUESTION_FIXED_BYTES = 4;

/** Gives questions as objects; equal ones (same case) share one while it is remembered. */
export class DnsQuestions {
  readonly #cache = new ByteCache<DnsQuestion>(MEMO_ENTRIES, MEMO_BYTES);

  /** The question at `start`, of this hash (see hash.ts), whose uncompressed name ends at `nameEnd`. */
  read(hash: number, view: DataView, start: number, nameEnd: number): DnsQuestion {
    const end = nameEnd + QUESTION_FIXED_BYTES;
    const known = this.#cache.get(hash, view, start, end);
    if (known !== undefined) return known;
    const name = plainNameText(view, start);
    const key = name.toLowerCase();
    const type = view.getUint16(nameEnd);
    const question = { name, key, type, hash: hashQuestion(key, type) };
    this.#cache.add(hash, view, start, end, question);
    return question;
  }
}

/** The `hash` of a question. */
export function hashQuestion(key: string, type: number): number {
  return hashText(key, key.length ^ (type << 8));
}
