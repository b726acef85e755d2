import { type DnsQuestion, hashQuestion } from "../../model/dns-message.ts";
import { ByteMemo } from "./byte-memo.ts";
import { plainNameText } from "./dns-name.ts";

/** Distinct questions remembered, per generation. */
const MEMO_ENTRIES = 8192;
const MEMO_BYTES = 512 * 1024;

/** QTYPE and QCLASS, behind the name. */
const QUESTION_FIXED_BYTES = 4;

/** Gives questions as objects; equal ones (same case) share one while it is remembered. */
export class DnsQuestions {
  readonly #memo = new ByteMemo<DnsQuestion>(MEMO_ENTRIES, MEMO_BYTES);

  /** The question at `start`, of this hash (see byte-hash.ts), whose uncompressed name ends at `nameEnd`. */
  read(hash: number, view: DataView, start: number, nameEnd: number): DnsQuestion {
    const end = nameEnd + QUESTION_FIXED_BYTES;
    const known = this.#memo.find(hash, view, start, end);
    if (known !== undefined) return known;
    const name = plainNameText(view, start);
    const key = name.toLowerCase();
    const type = view.getUint16(nameEnd);
    const question = { name, key, type, hash: hashQuestion(key, type) };
    this.#memo.add(hash, view, start, end, question);
    return question;
  }
}
