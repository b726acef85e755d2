import type { DnsAnswer } from "../model/dns-message.ts";
import { copyBytes, hashBytes } from "./byte-hash.ts";
import { ByteMemo } from "./byte-memo.ts";
import type { DecodeCounters } from "./decode-counters.ts";
import { RECORD_FIXED_BYTES, RecordType, readAnswerSection } from "./dns-answer-section.ts";
import { skipName } from "./dns-name.ts";

const DNS_HEADER = 12;
const MAX_MESSAGE_BYTES = 65_535;
const MAX_RECORDS = Math.ceil(MAX_MESSAGE_BYTES / (1 + RECORD_FIXED_BYTES));

/** Distinct answers remembered, per generation. Longer messages are decoded every time. */
const MEMO_ENTRIES = 8192;
const MEMO_BYTES = 1024 * 1024;
const MAX_MEMO_MESSAGE = 4096;

/** What a message's answer section says; "malformed" is remembered too, so that junk is not decoded twice. */
interface Meaning {
  readonly answer: DnsAnswer | null | "malformed";
}

/**
 * Gives answer sections their meaning. dns-packet decodes each distinct one once: it is remembered by the message's
 * bytes up to the end of the answer section, without id, flags and TTLs. What stands behind the answer section has no
 * say (EDNS cookies differ in every message), and when it is broken it does no harm.
 */
export class DnsAnswers {
  readonly #counters: DecodeCounters;
  readonly #memo = new ByteMemo<Meaning>(MEMO_ENTRIES, MEMO_BYTES);
  /** The message as it is looked up; at the wire's own offsets, since compression pointers count from its begin. */
  readonly #message = Buffer.alloc(MAX_MESSAGE_BYTES);
  readonly #view = new DataView(this.#message.buffer, this.#message.byteOffset, MAX_MESSAGE_BYTES);
  /** Where each record's type stands in the message. */
  readonly #fixedAt = new Int32Array(MAX_RECORDS);

  constructor(counters: DecodeCounters) {
    this.#counters = counters;
  }

  /**
   * What the `count` records at `at` say about the question of the message from `start` to `end`.
   * "truncated" when they go beyond `end`. The answer is shared between equal messages.
   */
  read(
    view: DataView,
    start: number,
    at: number,
    end: number,
    count: number,
    questionType: number,
  ): DnsAnswer | null | "malformed" | "truncated" {
    const sectionEnd = this.#findRecords(view, start, at, end, count);
    if (sectionEnd < 0) return "malformed";
    if (sectionEnd > end) return "truncated";
    const length = sectionEnd - start;
    this.#copyWithoutTtls(view, start, length, count);
    if (length > MAX_MEMO_MESSAGE) return this.#decode(length, count, questionType);
    const hash = hashBytes(this.#view, 4, length);
    const known = this.#memo.find(hash, this.#view, 4, length);
    if (known !== undefined) {
      this.#counters.memoHits += 1;
      return known.answer;
    }
    const answer = this.#decode(length, count, questionType);
    this.#memo.add(hash, this.#view, 4, length, { answer });
    return answer;
  }

  /** Offset behind the section; -1 when it contradicts itself, beyond `end` when it does not end before. */
  #findRecords(view: DataView, start: number, from: number, end: number, count: number): number {
    let at = from;
    for (let i = 0; i < count; i++) {
      at = skipName(view, at, end);
      if (at < 0) return -1;
      if (at + RECORD_FIXED_BYTES > end) return end + 1;
      this.#fixedAt[i] = at - start;
      const type = view.getUint16(at);
      const dataLength = view.getUint16(at + 8);
      if (type === RecordType.a && dataLength !== 4) return -1;
      if (type === RecordType.aaaa && dataLength !== 16) return -1;
      at += RECORD_FIXED_BYTES + dataLength;
    }
    return at;
  }

  #copyWithoutTtls(view: DataView, start: number, length: number, count: number): void {
    const own = this.#view;
    own.setInt32(0, 0);
    own.setInt32(4, view.getInt32(start + 4));
    own.setInt32(8, 0);
    copyBytes(view, start + DNS_HEADER, own, DNS_HEADER, length - DNS_HEADER);
    for (let i = 0; i < count; i++) own.setInt32((this.#fixedAt[i] ?? 0) + 4, 0);
  }

  #decode(length: number, count: number, questionType: number): DnsAnswer | null | "malformed" {
    this.#counters.memoMisses += 1;
    try {
      return readAnswerSection(Buffer.from(this.#message.subarray(0, length)), this.#fixedAt, count, questionType);
    } catch {
      // dns-packet throws plain errors on names that loop, leave the message or break RFC 1035's limits.
      return "malformed";
    }
  }
}
