import { ByteCache } from "../../bounded/byte-cache.ts";
import { copyBytes } from "../../bounded/bytes.ts";
import { hashBytes } from "../../bounded/hash.ts";
import type { DnsAnswer } from "../../model/dns-message.ts";
import type { DecodeCounters } from "../network/decode-counters.ts";
import {
  AnswerSectionReader,
  emptyRecordPlaces,
  MAX_RECORDS,
  RECORD_FIXED_BYTES,
  RecordType,
} from "./dns-answer-section.ts";
import { skipName } from "./dns-name.ts";

const DNS_HEADER = 12;

/** Distinct answers remembered, per generation. Longer messages are decoded every time. */
const MEMO_ENTRIES = 8192;
const MEMO_BYTES = 1024 * 1024;
const MAX_MEMO_MESSAGE = 4096;

/** What a message's answer section says; "malformed" is remembered too, so that junk is not decoded twice. */
interface Meaning {
  readonly answer: DnsAnswer | null | "malformed";
}

/**
 * Gives answer sections their meaning. Each distinct one is decoded once: it is remembered by the message's bytes up to
 * the end of the answer section, without id, flags and TTLs. What stands behind the answer section has no say (EDNS
 * cookies differ in every message), and when it is broken it does no harm; nor has what stands behind MAX_RECORDS.
 */
export class DnsAnswers {
  readonly #counters: DecodeCounters;
  readonly #cache = new ByteCache<Meaning>(MEMO_ENTRIES, MEMO_BYTES);
  readonly #reader = new AnswerSectionReader();
  /** The message as it is looked up. */
  readonly #key = new DataView(new ArrayBuffer(MAX_MEMO_MESSAGE));
  /** Where the records of the message in hand stand, from its begin. */
  readonly #places = emptyRecordPlaces();

  constructor(counters: DecodeCounters) {
    this.#counters = counters;
  }

  /**
   * What the `count` records at `at` say about the question of the message from `start` to `end`.
   * "truncated" when they go beyond `end`; where the message says itself that it may stop anywhere (`isPartial`), those
   * that are whole have their say. The answer is shared between equal messages.
   */
  read(
    view: DataView,
    start: number,
    at: number,
    end: number,
    count: number,
    questionType: number,
    isPartial: boolean,
  ): DnsAnswer | null | "malformed" | "truncated" {
    const places = this.#places;
    const wanted = Math.min(count, MAX_RECORDS);
    places.isCut = count > MAX_RECORDS;
    const sectionEnd = this.#findRecords(view, start, at, end, wanted);
    if (sectionEnd < 0) return "malformed";
    if (places.count < wanted && !isPartial) return "truncated";
    const length = sectionEnd - start;
    if (length > MAX_MEMO_MESSAGE) return this.#decode(view, start, sectionEnd, questionType);
    this.#copyWithoutTtls(view, start, length);
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

  /** Finds the first `count` records that stand before `end`. Offset behind them; -1 when they contradict themselves. */
  #findRecords(view: DataView, start: number, from: number, end: number, count: number): number {
    const places = this.#places;
    places.count = 0;
    let behind = from;
    for (let i = 0; i < count; i++) {
      places.ownerAt[i] = behind - start;
      let at = skipName(view, behind, end);
      if (at < 0) return -1;
      if (at + RECORD_FIXED_BYTES > end) return behind;
      places.fixedAt[i] = at - start;
      const type = view.getUint16(at);
      const dataLength = view.getUint16(at + 8);
      if (type === RecordType.a && dataLength !== 4) return -1;
      if (type === RecordType.aaaa && dataLength !== 16) return -1;
      at += RECORD_FIXED_BYTES + dataLength;
      if (at > end) return behind;
      behind = at;
      places.count = i + 1;
    }
    return behind;
  }

  #copyWithoutTtls(view: DataView, start: number, length: number): void {
    const own = this.#key;
    own.setInt32(0, 0);
    own.setInt32(4, view.getInt32(start + 4));
    own.setInt32(8, 0);
    copyBytes(view, start + DNS_HEADER, own, DNS_HEADER, length - DNS_HEADER);
    const { count, fixedAt } = this.#places;
    for (let i = 0; i < count; i++) own.setInt32((fixedAt[i] ?? 0) + 4, 0);
  }

  #decode(view: DataView, start: number, end: number, questionType: number): DnsAnswer | null | "malformed" {
    this.#counters.memoMisses += 1;
    return this.#reader.read(view, start, end, this.#places, questionType);
  }
}
