import { ByteCache } from "../../bounded/byte-cache.ts";
import { hashBytes, mix } from "../../bounded/hash.ts";
import { KeyedHash } from "../../bounded/keyed-hash.ts";
import type { DnsQuestion } from "../../model/dns-message.ts";
import { MAX_NAME_BYTES, plainNameText, skipPlainName } from "./dns-name.ts";
import { isMulticastClass } from "./multicast-dns.ts";

/** Distinct questions in a generation of the cache. */
const MAX_QUESTIONS = 8_192;
const MAX_QUESTION_BYTES = 512 << 10;

/** QTYPE and QCLASS, after the name (RFC 1035 §4.1.2). */
export const QUESTION_FIXED_BYTES = 4;
const MAX_BYTES = MAX_NAME_BYTES + QUESTION_FIXED_BYTES;

const WORD_BYTES = 4;
const EACH_LOWEST_BIT = 0x01010101;
const EACH_HIGHEST_BIT = 0x80808080 | 0;

/** A question's place in its message. */
export interface QuestionBytes {
  /** The offset after the question. */
  readonly end: number;
  /** Hash of its bytes. */
  readonly hash: number;
}

/**
 * Decodes questions. Equal ones (with the same case) share one object while it is in the cache.
 *
 * One pass finds and hashes the bytes up to the first zero byte, with type and class. If they equal a question of the cache,
 * their labels are as valid as its labels, and its name ends there. The labels of other questions are read; those that contain
 * a zero byte each time.
 */
export class DnsQuestions implements QuestionBytes {
  readonly #cache = new ByteCache<DnsQuestion>(MAX_QUESTIONS, MAX_QUESTION_BYTES);
  /** Of the last question that `read` returned. */
  end = 0;
  hash = 0;

  /** The question at `start` of a message that ends at `end`, with an uncompressed name. "truncated" if it exceeds `end`. */
  read(view: DataView, start: number, end: number): DnsQuestion | "malformed" | "truncated" | "multicast_dns" {
    // Not `Math.min`, which V8 computes with floating-point numbers.
    this.#findZero(view, start, end - start < MAX_BYTES ? end : start + MAX_BYTES);
    if (this.end > 0) {
      const known = this.#cache.get(this.hash, view, start, this.end);
      if (known !== undefined) return known;
    }
    return this.#readLabels(view, start, end);
  }

  /** Sets `end` and `hash` as if the name ended with its first zero byte; `end` is 0 if the question would exceed `limit`. */
  #findZero(view: DataView, start: number, limit: number): void {
    let even = 0;
    let odd = -1;
    let zeros = 0;
    let word = 0;
    let at = start;
    // Two hashes, as in `hashBytes`. The word in which the name ends is within the question, which has four bytes more.
    for (; at + WORD_BYTES < limit; at += WORD_BYTES) {
      word = view.getInt32(at, true);
      zeros = zeroBytes(word);
      if (zeros !== 0) break;
      even = mix(even, word);
      at += WORD_BYTES;
      if (at + WORD_BYTES >= limit) break;
      word = view.getInt32(at, true);
      zeros = zeroBytes(word);
      if (zeros !== 0) break;
      odd = mix(odd, word);
    }
    this.end = 0;
    if (zeros === 0) return;
    const firstBit = 31 - Math.clz32(zeros & -zeros);
    const nameEnd = at + (firstBit >>> 3) + 1;
    if (nameEnd + QUESTION_FIXED_BYTES > limit) return;
    this.end = nameEnd + QUESTION_FIXED_BYTES;
    this.hash = mix(mix(odd ^ (nameEnd - start), view.getInt32(nameEnd, true)), mix(even, word));
  }

  #readLabels(view: DataView, start: number, end: number): DnsQuestion | "malformed" | "truncated" | "multicast_dns" {
    const nameEnd = skipPlainName(view, start, end);
    if (nameEnd < 0) return "malformed";
    const questionEnd = nameEnd + QUESTION_FIXED_BYTES;
    if (questionEnd > end) return "truncated";
    if (isMulticastClass(view.getUint16(questionEnd - 2))) return "multicast_dns";
    if (this.end !== questionEnd) {
      this.end = questionEnd;
      this.hash = hashBytes(view, start, questionEnd);
      const known = this.#cache.get(this.hash, view, start, questionEnd);
      if (known !== undefined) return known;
    }
    const name = plainNameText(view, start);
    const key = name.toLowerCase();
    const type = view.getUint16(nameEnd);
    const question = { name, key, type, hash: hashQuestion(key, type) };
    this.#cache.add(this.hash, view, start, questionEnd, question);
    return question;
  }
}

/** The highest bit of the lowest byte that is zero, perhaps with those of higher bytes; 0 if no byte is zero. */
function zeroBytes(word: number): number {
  return (word - EACH_LOWEST_BIT) & ~word & EACH_HIGHEST_BIT;
}

const questionHash = new KeyedHash();

/** The `hash` of a question. Questions are compared one by one where hashes are equal: no sender can choose such names. */
export function hashQuestion(key: string, type: number): number {
  return questionHash.text(key, key.length ^ (type << 8));
}
