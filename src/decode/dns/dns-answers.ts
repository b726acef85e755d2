import { ByteCache } from "../../bounded/byte-cache.ts";
import { copyBytes } from "../../bounded/bytes.ts";
import { hashBytes } from "../../bounded/hash.ts";
import type { DnsAnswer, DnsMessage } from "../../model/dns-message.ts";
import type { DecodeCounters } from "../network/decode-counters.ts";
import {
  AnswerSectionReader,
  emptyRecordOffsets,
  MAX_RECORDS,
  RECORD_FIXED_BYTES,
  RecordType,
} from "./dns-answer-section.ts";
import { ANSWER_COUNT_AT, DNS_HEADER } from "./dns-header.ts";
import { skipName } from "./dns-name.ts";

/** Distinct answers in a generation of the cache. */
const MAX_ANSWERS = 8_192;
const MAX_ANSWER_BYTES = 1 << 20;
/** Longer messages are not cached. */
const MAX_CACHED_BYTES = 4_096;

/** A decoded answer section; an invalid one is cached too. */
interface DecodedAnswer {
  readonly answer: DnsAnswer | null | "malformed";
}

/**
 * Decodes answer sections, with a cache of the distinct ones. The key is the message up to the end of the answer section,
 * without id, flags and TTLs. The sections after it are not decoded (EDNS cookies differ in each message), nor the records
 * after MAX_RECORDS.
 */
export class DnsAnswers {
  readonly #counters: DecodeCounters;
  readonly #cache = new ByteCache<DecodedAnswer>(MAX_ANSWERS, MAX_ANSWER_BYTES);
  readonly #reader = new AnswerSectionReader();
  /** The key of the current message. */
  readonly #key = new DataView(new ArrayBuffer(MAX_CACHED_BYTES));
  /** Offsets of the records in the current message. */
  readonly #offsets = emptyRecordOffsets();

  constructor(counters: DecodeCounters) {
    this.#counters = counters;
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
    const questionType = message.question.type;
    const count = view.getUint16(start + ANSWER_COUNT_AT);
    const offsets = this.#offsets;
    const wanted = Math.min(count, MAX_RECORDS);
    offsets.isCut = count > MAX_RECORDS;
    const sectionEnd = this.#findRecords(view, start, at, end, wanted);
    if (sectionEnd < 0) return "malformed";
    if (offsets.count < wanted && !message.isTruncated) return "truncated";
    const length = sectionEnd - start;
    if (length > MAX_CACHED_BYTES) return this.#decode(view, start, sectionEnd, questionType);
    this.#writeKey(view, start, length);
    const hash = hashBytes(this.#key, 4, length);
    const known = this.#cache.get(hash, this.#key, 4, length);
    if (known !== undefined) {
      this.#counters.memoHits += 1;
      return known.answer;
    }
    const answer = this.#decode(view, start, sectionEnd, questionType);
    this.#cache.add(hash, this.#key, 4, length, { answer });
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

  #writeKey(view: DataView, start: number, length: number): void {
    const own = this.#key;
    own.setInt32(0, 0);
    own.setInt32(4, view.getInt32(start + 4));
    own.setInt32(8, 0);
    copyBytes(view, start + DNS_HEADER, own, DNS_HEADER, length - DNS_HEADER);
    const { count, fixedAt } = this.#offsets;
    for (let i = 0; i < count; i++) own.setInt32((fixedAt[i] ?? 0) + 4, 0);
  }

  #decode(view: DataView, start: number, end: number, questionType: number): DnsAnswer | null | "malformed" {
    this.#counters.memoMisses += 1;
    return this.#reader.read(view, start, end, this.#offsets, questionType);
  }
}
