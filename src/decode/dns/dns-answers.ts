import { ByteCache } from "../../bounded/byte-cache.ts";
import { copyBytes } from "../../bounded/bytes.ts";
import { hashBytes } from "../../bounded/hash.ts";
import type { DnsAnswer, DnsMessage, DnsQuestion } from "../../model/dns-message.ts";
import type { DecodeCounters } from "../network/decode-counters.ts";
import {
  AnswerSectionReader,
  emptyRecordOffsets,
  MAX_RECORDS,
  RECORD_FIXED_BYTES,
  RecordType,
  TTL_AT,
} from "./dns-answer-section.ts";
import { ANSWER_COUNT_AT, QUESTION_COUNT_AT } from "./dns-header.ts";
import { skipName } from "./dns-name.ts";
import { QUESTION_FIXED_BYTES, type QuestionBytes } from "./dns-questions.ts";

/** Distinct answers in a generation of the cache. */
const MAX_ANSWERS = 8_192;
const MAX_ANSWER_BYTES = 1 << 20;
/** Longer messages are not cached. */
const MAX_CACHED_BYTES = 4_096;

/** A decoded answer section, and the question of its message; an invalid one is cached too. */
interface DecodedAnswer {
  question: DnsQuestion;
  answer: DnsAnswer | null | "malformed";
}

/** QDCOUNT and ANCOUNT at the start of a key. */
const COUNTS_BYTES = 4;

/**
 * Decodes answer sections, with a cache of the distinct ones. The key is the name of the question, the numbers of questions and
 * records, and the bytes after that name up to the end of the answer section, without TTLs. Equal questions are one object
 * while they are cached, so the bytes of the name are not compared again; of two names for which all else is equal, the hash
 * too, the last answer is kept. The sections after the answers are not decoded (EDNS cookies differ in each message), nor records
 * after MAX_RECORDS.
 */
export class DnsAnswers {
  readonly #counters: DecodeCounters;
  readonly #questionBytes: QuestionBytes;
  readonly #cache = new ByteCache<DecodedAnswer>(MAX_ANSWERS, MAX_ANSWER_BYTES);
  readonly #reader = new AnswerSectionReader();
  /** The key of the current message, without its question. */
  readonly #key = new DataView(new ArrayBuffer(MAX_CACHED_BYTES));
  /** Offsets of the records in the current message. */
  readonly #offsets = emptyRecordOffsets();

  /** `questionBytes` are those of the question of each message that is read. */
  constructor(counters: DecodeCounters, questionBytes: QuestionBytes) {
    this.#counters = counters;
    this.#questionBytes = questionBytes;
  }

  /**
   * Decodes the answer to the question of `message`, from `start` to `end`, whose answer section begins at `at`.
   * "truncated" if the records exceed `end`; of a message with the TC bit, the complete records are decoded. Equal
   * messages share the answer.
   */
  read(
    view: DataView,
    start: number,
    at: number,
    end: number,
    message: DnsMessage,
  ): DnsAnswer | null | "malformed" | "truncated" {
    const { question } = message;
    const count = view.getUint16(start + ANSWER_COUNT_AT);
    const offsets = this.#offsets;
    const wanted = Math.min(count, MAX_RECORDS);
    offsets.isCut = count > MAX_RECORDS;
    const sectionEnd = this.#findRecords(view, start, at, end, wanted);
    if (sectionEnd < 0) return "malformed";
    if (offsets.count < wanted && !message.isTruncated) return "truncated";
    if (sectionEnd - start > MAX_CACHED_BYTES) return this.#decode(view, start, sectionEnd, question.type);
    const length = this.#writeKey(view, start, this.#questionBytes.end - QUESTION_FIXED_BYTES, sectionEnd);
    const hash = hashBytes(this.#key, 0, length, this.#questionBytes.hash);
    const known = this.#cache.get(hash, this.#key, 0, length);
    if (known !== undefined && isSame(known.question, question)) {
      this.#counters.memoHits += 1;
      return known.answer;
    }
    const answer = this.#decode(view, start, sectionEnd, question.type);
    if (known === undefined) {
      this.#cache.add(hash, this.#key, 0, length, { question, answer });
    } else {
      known.question = question;
      known.answer = answer;
    }
    return answer;
  }

  /** Finds the first `count` records before `end`. Returns the offset after them; -1 if they are invalid. */
  #findRecords(view: DataView, start: number, from: number, end: number, count: number): number {
    const offsets = this.#offsets;
    offsets.count = 0;
    let sectionEnd = from;
    for (let i = 0; i < count; i++) {
      offsets.ownerAt[i] = sectionEnd - start;
      let at = skipName(view, sectionEnd, end);
      if (at < 0) return -1;
      if (at + RECORD_FIXED_BYTES > end) return sectionEnd;
      offsets.fixedAt[i] = at - start;
      const type = view.getUint16(at);
      const dataLength = view.getUint16(at + 8);
      if (type === RecordType.a && dataLength !== 4) return -1;
      if (type === RecordType.aaaa && dataLength !== 16) return -1;
      at += RECORD_FIXED_BYTES + dataLength;
      if (at > end) return sectionEnd;
      sectionEnd = at;
      offsets.count = i + 1;
    }
    return sectionEnd;
  }

  /** Returns the length of the key. */
  #writeKey(view: DataView, start: number, nameEnd: number, sectionEnd: number): number {
    const key = this.#key;
    key.setInt32(0, view.getInt32(start + QUESTION_COUNT_AT));
    copyBytes(view, nameEnd, key, COUNTS_BYTES, sectionEnd - nameEnd);
    const { count, fixedAt } = this.#offsets;
    const toKey = start - nameEnd + COUNTS_BYTES;
    for (let i = 0; i < count; i++) key.setInt32((fixedAt[i] as number) + TTL_AT + toKey, 0);
    return sectionEnd - nameEnd + COUNTS_BYTES;
  }

  #decode(view: DataView, start: number, end: number, questionType: number): DnsAnswer | null | "malformed" {
    this.#counters.memoMisses += 1;
    return this.#reader.read(view, start, end, this.#offsets, questionType);
  }
}

/** Whether two questions of one type and class are equal: two objects after the cache lost the first one. */
function isSame(known: DnsQuestion, question: DnsQuestion): boolean {
  return known === question || known.name === question.name;
}
