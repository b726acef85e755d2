import { NO_RECORD } from "../../bounded/records.ts";
import { ADDRESS_WORDS } from "../../model/address.ts";
import type { DnsMessage } from "../../model/dns-message.ts";
import { DNS_ANSWER_MICROS, DNS_COPY_MICROS } from "../../model/waiting-times.ts";
import { BEST_ENCLOSING, enclosingRank, Nesting, NOT_ENCLOSING, nestingOf } from "./enclosing-question.ts";
import { ExchangeLayout, ExchangeMark } from "./exchange-layout.ts";
import { findQuery, RelatedExchanges } from "./exchange-search.ts";
import { ExchangeTable } from "./exchange-table.ts";
import { KnownServers } from "./known-servers.ts";

const { queryDouble, firstAnswerDouble, marksAt, enclosingAt, lastQueryAt } = ExchangeLayout;
const SERVER_AT = lastQueryAt + ADDRESS_WORDS;

/** Exchanges at one time, waiting or settling. */
const MAX_EXCHANGES = 32_768;

/** Exchanges with an equal question that are looked at for one query, newest first. */
const MAX_LOOKS = 16;

export interface ExchangeCounters {
  /** Exchanges that wait for an answer, or for its last copy, at this moment. */
  open: number;
  /** Exchanges given up for want of room. */
  evicted: number;
  /** Further sightings of a message. */
  messageCopies: number;
  /** Answers that did not fit their message, and say: ask again over TCP. */
  truncatedAnswers: number;
  /** Answers that did not go back the way a query had come by then. */
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
 * must have come by, or when no answer came in time. An answer that does not go back the way its query came neither ends
 * the query's exchange nor joins it: it is handed over by itself, as one that nobody asked for.
 * Copies are told by the bytes of the message, not by id and question: the repeat over TCP of a truncated answer has
 * the same id, and more records. RFC 1035 §4.1, RFC 5452 §9, RFC 7766.
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
  readonly #related = new RelatedExchanges(this.#table);
  readonly #servers = new KnownServers();
  readonly #sink: ExchangeSink;

  constructor(sink: ExchangeSink) {
    this.#sink = sink;
  }

  message(message: DnsMessage): void {
    if (message.isResponse) this.#answer(message);
    else this.#query(message);
    this.counters.open = this.#table.size;
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
    for (let record = table.oldestSettling; record !== NO_RECORD; record = table.oldestSettling) {
      this.#end(record, true);
    }
    for (let record = table.oldestWaiting; record !== NO_RECORD; record = table.oldestWaiting) table.release(record);
    this.counters.open = table.size;
  }

  #query(message: DnsMessage): void {
    const found = findQuery(this.#table, message);
    if (found === NO_RECORD) {
      this.#open(message);
      return;
    }
    this.counters.messageCopies++;
    if (this.#table.isAnswered(found)) this.#table.addLateQuery(found, message);
    else this.#table.addQuery(found, message);
  }

  #answer(message: DnsMessage): void {
    const table = this.#table;
    const related = this.#related;
    related.find(message);
    const { copied, asked, answered, unasked, passed } = related;
    if (copied !== NO_RECORD) {
      this.counters.messageCopies++;
      table.addAnswer(copied, message);
      this.#servers.add(message.addresses, 0, message.timeMicros);
      return;
    }
    if (unasked !== NO_RECORD) {
      this.counters.messageCopies++;
      if (asked === NO_RECORD && answered === NO_RECORD) {
        table.addAnswer(unasked, message);
        return;
      }
      // It was a sighting on the way, between two translations.
      table.release(unasked);
    }
    if (asked === NO_RECORD) {
      if (passed === NO_RECORD || answered !== NO_RECORD) this.#openWithAnswer(message);
      else this.counters.messageCopies++;
    } else {
      table.answer(asked, message);
      this.#servers.add(message.addresses, 0, message.timeMicros);
    }
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
    const { answered, askedElsewhere } = this.#related;
    this.counters.answersWithoutQuery++;
    const record = table.openWithAnswer(message);
    if (record === NO_RECORD) {
      // The exchange that it belongs to may be what is given up: it is not looked at again.
      this.#makeRoom();
      table.openWithAnswer(message);
    } else if (answered !== NO_RECORD) {
      table.shareQuery(record, answered);
    } else if (askedElsewhere !== NO_RECORD) {
      table.noteAskedElsewhere(record, askedElsewhere);
    }
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
      const rank = this.#enclosingRank(other, message);
      if (rank <= bestRank) continue;
      best = other;
      bestRank = rank;
    }
    return best;
  }

  /** First come servers that are known to answer: a question that is put to nobody must not hide another. */
  #enclosingRank(other: number, message: DnsMessage): number {
    const rank = enclosingRank(this.#table, other, message);
    if (rank === NOT_ENCLOSING) return rank;
    const isKnown = this.#servers.has(this.#table.words, other + SERVER_AT, message.timeMicros);
    return isKnown ? rank + BEST_ENCLOSING : rank;
  }

  /** Gives up the oldest exchange; one that has its answer loses nothing by it but late copies. */
  #makeRoom(): void {
    this.counters.evicted++;
    const settling = this.#table.oldestSettling;
    if (settling !== NO_RECORD) this.#end(settling, true);
    else this.#table.release(this.#table.oldestWaiting);
  }

  #end(record: number, isAnswered: boolean): void {
    const table = this.#table;
    const marks = table.words[record + marksAt] ?? 0;
    if ((marks & ExchangeMark.hasEnclosing) !== 0 && !this.#isForwarding(record, isAnswered)) {
      table.dropEnclosing(record);
    }
    if ((marks & ExchangeMark.isTruncated) !== 0) this.counters.truncatedAnswers++;
    this.counters.omittedAddresses += table.answerOf(record)?.omittedAddresses ?? 0;
    this.#sink.lookup(table, record, isAnswered);
    table.release(record);
  }

  /** Anybody can put a question to anybody, and leave it open: only who answers questions may be passing this one on. */
  #isForwarding(record: number, isAnswered: boolean): boolean {
    const { words, doubles } = this.#table;
    const nesting = isAnswered ? nestingOf(this.#table, record) : Nesting.unknown;
    if (nesting !== Nesting.unknown) return nesting === Nesting.answeredAfter;
    return this.#servers.has(words, record + enclosingAt, doubles[(record >> 1) + queryDouble] ?? 0);
  }
}
