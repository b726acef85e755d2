import { NO_RECORD } from "../../bounded/records.ts";
import type { DnsMessage } from "../../model/dns-message.ts";
import { DNS_ANSWER_MICROS } from "../../model/waiting-times.ts";
import { EnclosingQuestions } from "./enclosing-questions.ts";
import { ExchangeFlag } from "./exchange-records.ts";
import { findQuery, RelatedExchanges } from "./exchange-search.ts";
import { ExchangeTable } from "./exchange-table.ts";
import { KnownServers } from "./known-servers.ts";

/** Exchanges that wait for their answer or settle. */
const MAX_EXCHANGES = 32_768;

interface ExchangeCounters {
  /** Exchanges that wait for an answer, or for its last sighting, at this moment. */
  open: number;
  /** Exchanges evicted because the table was full. */
  evicted: number;
  /** Known DNS servers evicted before their time. */
  serversEvicted: number;
  /** Further sightings of a message. */
  messageCopies: number;
  /** Answers with the TC flag. */
  truncatedAnswers: number;
  /** Answers that did not go back the way that a query had come. */
  answersWithoutQuery: number;
  /** Addresses beyond the first MAX_ANSWER_ADDRESSES of an answer. */
  omittedAddresses: number;
  /** Queries without an answer in time. */
  unanswered: number;
}

/** Receives each exchange when it ends. */
export interface ExchangeSink {
  lookup(table: ExchangeTable, record: number, isAnswered: boolean): void;
}

/**
 * Joins the sightings of DNS queries and answers to exchanges. An exchange ends once: when the last sighting of its
 * answer must have passed, or when no answer came in time. An answer that does not go back the way that its query came
 * is an exchange of its own, without a query. Sightings are recognized by the bytes of the message, not by id and
 * question: a truncated answer and its repetition over TCP have the same id, but different records. RFC 1035 §4.1, RFC
 * 5452 §9, RFC 7766.
 */
export class DnsExchanges {
  readonly #counters: ExchangeCounters = {
    open: 0,
    evicted: 0,
    serversEvicted: 0,
    messageCopies: 0,
    truncatedAnswers: 0,
    answersWithoutQuery: 0,
    omittedAddresses: 0,
    unanswered: 0,
  };
  readonly #table = new ExchangeTable(MAX_EXCHANGES);
  readonly #related = new RelatedExchanges(this.#table);
  readonly #servers = new KnownServers();
  readonly #enclosing = new EnclosingQuestions(this.#table, this.#servers);
  readonly #sink: ExchangeSink;
  /** No query has waited long enough before. */
  #nextDeadlineMicros = 0;

  constructor(sink: ExchangeSink) {
    this.#sink = sink;
  }

  get counters(): Readonly<ExchangeCounters> {
    return { ...this.#counters, open: this.#table.size, serversEvicted: this.#servers.evicted };
  }

  /**
   * Results do not depend on when the sensor calls `advance`: what may decide about this message, or about another exchange,
   * ends before. Other exchanges whose answer has settled end together at the next `advance`, which costs less.
   */
  message(message: DnsMessage): void {
    const { timeMicros } = message;
    if (timeMicros >= this.#nextDeadlineMicros || this.#table.mustEndInTime) this.advance(timeMicros);
    if (message.isResponse) this.#answer(message);
    else this.#query(message);
  }

  /** Ends every exchange whose time is over. */
  advance(nowMicros: number): void {
    const table = this.#table;
    for (let record = table.oldestSettling; record !== NO_RECORD; record = table.oldestSettling) {
      if (!table.isSettled(record, nowMicros)) break;
      this.#end(record, true);
    }
    this.#nextDeadlineMicros = nowMicros + DNS_ANSWER_MICROS;
    for (let record = table.oldestWaiting; record !== NO_RECORD; record = table.oldestWaiting) {
      const deadline = table.queryMicros(record) + DNS_ANSWER_MICROS;
      if (deadline > nowMicros) {
        this.#nextDeadlineMicros = deadline;
        break;
      }
      this.#counters.unanswered++;
      this.#end(record, false);
    }
  }

  /** End of a capture: ends the answered exchanges, and drops the queries that may still have got an answer. */
  finish(nowMicros: number): void {
    this.advance(nowMicros);
    const table = this.#table;
    for (let record = table.oldestSettling; record !== NO_RECORD; record = table.oldestSettling) {
      this.#end(record, true);
    }
    for (let record = table.oldestWaiting; record !== NO_RECORD; record = table.oldestWaiting) table.release(record);
  }

  #query(message: DnsMessage): void {
    const { timeMicros } = message;
    let found = findQuery(this.#table, message);
    while (found !== NO_RECORD && this.#table.isSettled(found, timeMicros)) {
      this.#end(found, true);
      found = findQuery(this.#table, message);
    }
    if (found === NO_RECORD) {
      this.#openWithQuery(message);
      return;
    }
    this.#counters.messageCopies++;
    if (this.#table.isAnswered(found)) this.#table.addLateQuery(found, message);
    else this.#table.addQuery(found, message);
    if ((this.#table.flags(found) & ExchangeFlag.isEnclosing) !== 0) this.#enclosing.follow(found);
  }

  #answer(message: DnsMessage): void {
    const table = this.#table;
    const related = this.#related;
    for (let settled = related.find(message); settled !== NO_RECORD; settled = related.find(message)) {
      this.#end(settled, true);
    }
    const { copied, asked, answered, withoutQuery, inTransit } = related;
    if (copied !== NO_RECORD) {
      this.#counters.messageCopies++;
      table.addAnswer(copied, message);
      this.#servers.add(message.addresses, 0, message.timeMicros);
      return;
    }
    if (withoutQuery !== NO_RECORD) {
      this.#counters.messageCopies++;
      if (asked === NO_RECORD && answered === NO_RECORD) {
        table.addAnswer(withoutQuery, message);
        return;
      }
      // It was a sighting in transit, between two translations.
      table.release(withoutQuery);
    }
    if (asked === NO_RECORD) {
      if (inTransit === NO_RECORD || answered !== NO_RECORD) this.#openWithAnswer(message);
      else this.#counters.messageCopies++;
    } else {
      table.answer(asked, message);
      if ((table.flags(asked) & ExchangeFlag.hasEnclosing) !== 0) this.#enclosing.answered(asked);
      this.#servers.add(message.addresses, 0, message.timeMicros);
    }
  }

  #openWithQuery(message: DnsMessage): void {
    const table = this.#table;
    const enclosing = this.#enclosing.find(message);
    const record = table.openWithQuery(message);
    if (record === NO_RECORD) {
      // This may evict the enclosing exchange, so the new one gets none.
      this.#evict();
      table.openWithQuery(message);
    } else if (enclosing !== NO_RECORD) {
      table.setEnclosing(record, enclosing);
    }
  }

  #openWithAnswer(message: DnsMessage): void {
    const table = this.#table;
    const { answered, askedElsewhere } = this.#related;
    this.#counters.answersWithoutQuery++;
    const record = table.openWithAnswer(message);
    if (record === NO_RECORD) {
      // This may evict the related exchange, so the new one gets none.
      this.#evict();
      table.openWithAnswer(message);
    } else if (answered !== NO_RECORD) {
      table.shareQuery(record, answered);
    } else if (askedElsewhere !== NO_RECORD) {
      table.setAskedElsewhere(record, askedElsewhere);
    }
  }

  /** Prefers the oldest answered exchange: it only misses late sightings. */
  #evict(): void {
    this.#counters.evicted++;
    const settling = this.#table.oldestSettling;
    if (settling !== NO_RECORD) this.#end(settling, true);
    else this.#table.release(this.#table.oldestWaiting);
  }

  #end(record: number, isAnswered: boolean): void {
    const table = this.#table;
    const flags = table.flags(record);
    if ((flags & ExchangeFlag.hasEnclosing) !== 0) this.#enclosing.decide(record, isAnswered);
    if ((flags & ExchangeFlag.isTruncated) !== 0) this.#counters.truncatedAnswers++;
    this.#counters.omittedAddresses += table.answerOf(record)?.omittedAddresses ?? 0;
    this.#sink.lookup(table, record, isAnswered);
    table.release(record);
  }
}
