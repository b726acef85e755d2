import { NO_RECORD } from "../bounded/records.ts";
import type { DnsMessage } from "../model/dns-message.ts";
import { DNS_ANSWER_MICROS, DNS_COPY_MICROS } from "../model/waiting-times.ts";
import { enclosingRank, NOT_ENCLOSING } from "./enclosing-question.ts";
import { ExchangeLayout, ExchangeTable, hashIdAndQuestion, idWord } from "./exchange-table.ts";
import { returnsToSource } from "./tuple.ts";

const { queryDouble, firstAnswerDouble, idAt, firstQueryAt, lastQueryAt } = ExchangeLayout;

/** Exchanges at one time, waiting or settling. */
const MAX_EXCHANGES = 32_768;

/**
 * Exchanges with an equal question, or with an equal id and question, that are looked at for one message, newest first:
 * a flood of one name or id must not become long searches.
 */
const MAX_LOOKS = 16;

export interface ExchangeCounters {
  /** Exchanges that wait for an answer, or for its last copy, at this moment. */
  open: number;
  /** Exchanges given up for want of room. */
  evicted: number;
  /** Further sightings of a message. */
  messageCopies: number;
  /** Answers that say only: ask again over TCP. */
  truncatedAnswers: number;
  /** Answers whose query was not seen. */
  answersWithoutQuery: number;
  /** Addresses of answers beyond those that are kept of one. */
  omittedAddresses: number;
  unanswered: number;
}

/** Receives each exchange that is over; `isAnswered` says how. */
export interface ExchangeSink {
  lookup(table: ExchangeTable, record: number, isAnswered: boolean): void;
}

/**
 * Joins the sightings of DNS queries and answers to exchanges, each handed over once: when the last copy of its answer
 * must have come by, for that copy alone goes to the client, or when no answer came in time.
 * Copies are told by the bytes of the message, not by id and question: the repeat over TCP of a truncated answer has
 * the same id, and more records. RFC 1035 §4.1, RFC 7766.
 */
export class DnsExchanges {
  readonly counters: ExchangeCounters = {
    open: 0,
    evicted: 0,
    messageCopies: 0,
    truncatedAnswers: 0,
    answersWithoutQuery: 0,
    omittedAddresses: 0,
    unanswered: 0,
  };
  readonly #table = new ExchangeTable(MAX_EXCHANGES);
  readonly #sink: ExchangeSink;

  constructor(sink: ExchangeSink) {
    this.#sink = sink;
  }

  message(message: DnsMessage): void {
    const table = this.#table;
    const { words, byId } = table;
    const { isResponse } = message;
    const id = idWord(message);
    let waiting = NO_RECORD;
    let next = NO_RECORD;
    let looks = 0;
    let record = byId.first(hashIdAndQuestion(message));
    for (; record !== NO_RECORD && looks < MAX_LOOKS; record = next) {
      next = byId.next(record);
      if (words[record + idAt] !== id) continue;
      looks++;
      if (table.isAnswered(record) === isResponse) {
        if (!table.isCopy(record, message)) continue;
        this.counters.messageCopies++;
        table.addCopy(record, message);
        return;
      }
      if (isResponse) {
        if (waiting === NO_RECORD && this.#isAnsweredBy(record, message)) waiting = record;
      } else if (table.isLateQuery(record, message)) {
        // An answer may be seen some microseconds before its query, where captures are merged.
        this.counters.messageCopies++;
        table.addLateQuery(record, message);
        return;
      }
    }
    if (!isResponse) this.#open(message);
    else if (message.isTruncated) this.#giveUp(waiting);
    else if (waiting !== NO_RECORD) table.answer(waiting, message);
    else this.#openWithAnswer(message);
    this.counters.open = table.size;
  }

  /** Hands over every exchange whose time is over. */
  advance(nowMicros: number): void {
    const table = this.#table;
    for (let record = table.oldestSettling; record !== NO_RECORD; record = table.oldestSettling) {
      if ((table.doubles[(record >> 1) + firstAnswerDouble] ?? 0) + DNS_COPY_MICROS > nowMicros) break;
      this.#end(record, true);
    }
    for (let record = table.oldestWaiting; record !== NO_RECORD; record = table.oldestWaiting) {
      if ((table.doubles[(record >> 1) + queryDouble] ?? 0) + DNS_ANSWER_MICROS > nowMicros) break;
      this.counters.unanswered++;
      this.#end(record, false);
    }
    this.counters.open = table.size;
  }

  /** End of a capture: answers are handed over; a query that may still have been answered is not. */
  finish(nowMicros: number): void {
    this.advance(nowMicros);
    const table = this.#table;
    for (let record = table.oldestSettling; record !== NO_RECORD; record = table.oldestSettling)
      this.#end(record, true);
    for (let record = table.oldestWaiting; record !== NO_RECORD; record = table.oldestWaiting) table.release(record);
    this.counters.open = table.size;
  }

  /** A query that was not seen before. */
  #open(message: DnsMessage): void {
    const table = this.#table;
    const enclosing = this.#findEnclosing(message);
    let record = table.openWithQuery(message);
    if (record === NO_RECORD) {
      // The enclosing one may be what is given up: it is not looked at again.
      this.#makeRoom();
      record = table.openWithQuery(message);
    } else if (enclosing !== NO_RECORD) {
      table.addEnclosing(record, enclosing);
    }
  }

  #openWithAnswer(message: DnsMessage): void {
    const table = this.#table;
    this.counters.answersWithoutQuery++;
    if (table.openWithAnswer(message) !== NO_RECORD) return;
    this.#makeRoom();
    table.openWithAnswer(message);
  }

  /** The answer says only: ask again over TCP. */
  #giveUp(waiting: number): void {
    this.counters.truncatedAnswers++;
    if (waiting !== NO_RECORD) this.#table.release(waiting);
  }

  #isAnsweredBy(record: number, message: DnsMessage): boolean {
    const { words } = this.#table;
    return (
      this.#table.isAsking(record, message.question) &&
      (returnsToSource(words, record + lastQueryAt, message) || returnsToSource(words, record + firstQueryAt, message))
    );
  }

  /** Looks for an equal question that stands open from somebody else: this query may be its forwarding. */
  #findEnclosing(message: DnsMessage): number {
    const table = this.#table;
    let best = NO_RECORD;
    let bestRank = NOT_ENCLOSING;
    let next = NO_RECORD;
    let looks = 0;
    let other = table.byQuestion.first(message.question.hash);
    for (; other !== NO_RECORD && looks < MAX_LOOKS; other = next) {
      next = table.byQuestion.next(other);
      if (!table.isAsking(other, message.question)) continue;
      looks++;
      const rank = enclosingRank(table, other, message);
      if (rank <= bestRank) continue;
      best = other;
      bestRank = rank;
    }
    return best;
  }

  /** Gives up the oldest exchange; one that has its answer loses nothing by it but late copies. */
  #makeRoom(): void {
    this.counters.evicted++;
    const settling = this.#table.oldestSettling;
    if (settling !== NO_RECORD) this.#end(settling, true);
    else this.#table.release(this.#table.oldestWaiting);
  }

  #end(record: number, isAnswered: boolean): void {
    this.counters.omittedAddresses += this.#table.answerOf(record)?.omittedAddresses ?? 0;
    this.#sink.lookup(this.#table, record, isAnswered);
    this.#table.release(record);
  }
}
