import type { DnsAnswer, DnsMessage, DnsQuestion } from "../model/dns-message.ts";
import { hashBytes } from "./byte-hash.ts";
import { ByteMemo } from "./byte-memo.ts";
import type { DecodeCounters, IgnoredReason } from "./decode-counters.ts";
import { DnsAnswers } from "./dns-answers.ts";
import { skipName, skipPlainName } from "./dns-name.ts";
import { DnsQuestions } from "./dns-questions.ts";

const DNS_HEADER = 12;
const QUESTION_FIXED_BYTES = 4;
const MAX_MESSAGE_BYTES = 65_535;

/** Distinct messages remembered, per generation; longer ones are rare. */
const MEMO_ENTRIES = 8192;
const MEMO_BYTES = 1024 * 1024;
const MAX_MEMO_MESSAGE = 1024;

/** Spreads the 16 bits of an id over 32. */
const ID_FACTOR = 0x9e3779b1;

/** What a message says, without what its header says. */
interface KnownMessage {
  readonly question: DnsQuestion;
  readonly answer: DnsAnswer | null;
}

/** Header flags (RFC 1035 §4.1.1). */
const RESPONSE = 0x8000;
const OPCODE = 0x7800;
const TRUNCATED = 0x0200;
const RCODE = 0x000f;

/**
 * Decodes DNS messages (RFC 1035 §4.1). The header comes first: what has no answer records, which is most of what a
 * cluster's resolvers say, needs only its question.
 */
export class DnsDecoder {
  readonly #counters: DecodeCounters;
  readonly #questions = new DnsQuestions();
  readonly #answers: DnsAnswers;
  /** Messages by all bytes but their id: copies on other interfaces, and what is asked and said again. */
  readonly #messages = new ByteMemo<KnownMessage>(MEMO_ENTRIES, MEMO_BYTES);

  constructor(counters: DecodeCounters) {
    this.#counters = counters;
    this.#answers = new DnsAnswers(counters);
  }

  /**
   * Reads the message from `start` to `end` into `message`, all but where and when it was seen. `isWhole` is false when
   * the capture cut it at `end`. What the reason given back concerns is left half written.
   */
  read(view: DataView, start: number, end: number, isWhole: boolean, message: DnsMessage): IgnoredReason | null {
    const missing = isWhole ? "malformed" : "truncated";
    if (end - start < DNS_HEADER) return missing;
    if (end - start > MAX_MESSAGE_BYTES) return "malformed";
    const flags = view.getUint16(start + 2);
    const hash = hashBytes(view, start + 2, end);
    message.id = view.getUint16(start);
    message.isResponse = (flags & RESPONSE) !== 0;
    message.isTruncated = (flags & TRUNCATED) !== 0;
    message.rcode = flags & RCODE;
    message.fingerprint = hash ^ Math.imul(message.id, ID_FACTOR);
    const known = isWhole ? this.#messages.find(hash, view, start + 2, end) : undefined;
    if (known !== undefined) {
      message.question = known.question;
      message.answer = known.answer;
      if (known.answer !== null) this.#counters.memoHits += 1;
      return null;
    }
    const reason = this.#readNew(view, start, end, flags, missing, message);
    if (reason === null && isWhole && end - start <= MAX_MEMO_MESSAGE) {
      this.#messages.add(hash, view, start + 2, end, { question: message.question, answer: message.answer });
    }
    return reason;
  }

  /** Question and answer of a message that is not remembered. */
  #readNew(
    view: DataView,
    start: number,
    end: number,
    flags: number,
    missing: IgnoredReason,
    message: DnsMessage,
  ): IgnoredReason | null {
    if ((flags & OPCODE) !== 0) return "dns_opcode";
    const questionCount = view.getUint16(start + 4);
    if (questionCount === 0) return "dns_no_question";
    const nameEnd = skipPlainName(view, start + DNS_HEADER, end);
    if (nameEnd < 0) return "malformed";
    if (nameEnd + QUESTION_FIXED_BYTES > end) return missing;
    message.question = this.#questions.read(view, start + DNS_HEADER, nameEnd);
    message.answer = null;
    const answerCount = view.getUint16(start + 6);
    // A truncated answer names nothing: its records may stop anywhere.
    if (answerCount === 0 || !message.isResponse || message.isTruncated) return null;
    const at = skipQuestions(view, nameEnd + QUESTION_FIXED_BYTES, end, questionCount - 1);
    if (at < 0) return "malformed";
    if (at > end) return missing;
    const answer = this.#answers.read(view, start, at, end, answerCount, message.question.type);
    if (answer === "truncated") return missing;
    if (answer === "malformed") return "malformed";
    message.answer = answer;
    return null;
  }
}

/** Offset behind `count` further questions, which nobody answers; -1 or beyond `end` as in `skipName`. */
function skipQuestions(view: DataView, start: number, end: number, count: number): number {
  let at = start;
  for (let i = 0; i < count && at <= end; i++) {
    at = skipName(view, at, end);
    if (at < 0) return -1;
    at += QUESTION_FIXED_BYTES;
  }
  return at;
}
