import { ByteCache } from "../../bounded/byte-cache.ts";
import { KeyedHash } from "../../bounded/keyed-hash.ts";
import type { DnsQuestion } from "../../model/dns-message.ts";
import { plainNameText } from "./dns-name.ts";

/** Distinct questions in a generation of the cache. */
const MAX_QUESTIONS = 8_192;
const MAX_QUESTION_BYTES = 512 << 10;

/** QTYPE and QCLASS, after the name. */
const QUESTION_FIXED_BYTES = 4;

/** Decodes questions. Equal ones (with the same case) share one object while it is in the cache. */
export class DnsQuestions {
  readonly #cache = new ByteCache<DnsQuestion>(MAX_QUESTIONS, MAX_QUESTION_BYTES);

  /** The question at `start`, with an uncompressed name that ends at `nameEnd`; `hash` is that of its bytes. */
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

const questionHash = new KeyedHash();

/** The `hash` of a question. Questions are compared one by one where hashes are equal: no sender can choose such names. */
export function hashQuestion(key: string, type: number): number {
  return questionHash.text(key, key.length ^ (type << 8));
}
