import { NO_SLOT } from "../bounded/slots.ts";
import { ADDRESS_WORDS } from "../model/address.ts";
import type { DnsMessage } from "../model/dns-message.ts";
import { DNS_ANSWER_MICROS, DNS_COPY_MICROS } from "../model/waiting-times.ts";
import { enclosingRank, NOT_ENCLOSING } from "./enclosing-question.ts";
import { ExchangeTable } from "./exchange-table.ts";
import { returnsToSource, TUPLE_WORDS } from "./tuple.ts";

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
  unanswered: number;
}

/** The exchange at `slot` of the table is over; `isAnswered` says how. */
export type ExchangeHandler = (table: ExchangeTable, slot: number, isAnswered: boolean) => void;

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
    unanswered: 0,
  };
  readonly #table = new ExchangeTable(MAX_EXCHANGES);
  readonly #onOver: ExchangeHandler;

  constructor(onOver: ExchangeHandler) {
    this.#onOver = onOver;
  }

  message(message: DnsMessage): void {
    if (message.isResponse) this.#answer(message);
    else this.#query(message);
    this.counters.open = this.#table.size;
  }

  /** Hands over every exchange whose time is over. */
  advance(nowMicros: number): void {
    const table = this.#table;
    for (let slot = table.oldestSettling; slot !== NO_SLOT; slot = table.oldestSettling) {
      if ((table.firstAnswerMicros[slot] ?? 0) + DNS_COPY_MICROS > nowMicros) break;
      this.#end(slot, true);
    }
    for (let slot = table.oldestWaiting; slot !== NO_SLOT; slot = table.oldestWaiting) {
      if ((table.queryMicros[slot] ?? 0) + DNS_ANSWER_MICROS > nowMicros) break;
      this.counters.unanswered++;
      this.#end(slot, false);
    }
    this.counters.open = table.size;
  }

  /** End of a capture: answers are handed over; a query that may still have been answered is not. */
  finish(nowMicros: number): void {
    this.advance(nowMicros);
    const table = this.#table;
    for (let slot = table.oldestSettling; slot !== NO_SLOT; slot = table.oldestSettling) this.#end(slot, true);
    for (let slot = table.oldestWaiting; slot !== NO_SLOT; slot = table.oldestWaiting) table.release(slot);
    this.counters.open = table.size;
  }

  #query(message: DnsMessage): void {
    const table = this.#table;
    let earlier = table.first(message);
    for (let looks = 0; earlier !== NO_SLOT && looks < MAX_LOOKS; looks++, earlier = table.next(earlier)) {
      if (!table.isSameId(earlier, message)) continue;
      // An answer may be seen some microseconds before its query, where captures are merged.
      const isAnswered = table.isAnswered[earlier] === 1;
      const isCopy = isAnswered ? table.isLateQuery(earlier, message) : table.isCopy(earlier, message);
      if (!isCopy) continue;
      this.counters.messageCopies++;
      table.addQueryCopy(earlier, message);
      return;
    }
    const enclosing = this.#findEnclosing(message);
    let slot = table.openWithQuery(message);
    if (slot === NO_SLOT) {
      // The enclosing one may be what is given up: it is not looked at again.
      this.#makeRoom();
      slot = table.openWithQuery(message);
    } else if (enclosing !== NO_SLOT) {
      this.#noteEnclosing(slot, enclosing);
    }
  }

  #answer(message: DnsMessage): void {
    const table = this.#table;
    let waiting = NO_SLOT;
    let slot = table.first(message);
    for (let looks = 0; slot !== NO_SLOT && looks < MAX_LOOKS; looks++, slot = table.next(slot)) {
      if (!table.isSameId(slot, message)) continue;
      if (table.isAnswered[slot] === 0) {
        if (waiting === NO_SLOT && this.#isAnsweredBy(slot, message)) waiting = slot;
      } else if (table.isCopy(slot, message)) {
        this.counters.messageCopies++;
        table.addAnswerCopy(slot, message);
        return;
      }
    }
    if (message.isTruncated) {
      this.counters.truncatedAnswers++;
      if (waiting !== NO_SLOT) table.release(waiting);
    } else if (waiting !== NO_SLOT) {
      table.answer(waiting, message);
    } else {
      this.counters.answersWithoutQuery++;
      if (table.openWithAnswer(message) !== NO_SLOT) return;
      this.#makeRoom();
      table.openWithAnswer(message);
    }
  }

  #isAnsweredBy(slot: number, message: DnsMessage): boolean {
    const { questions, firstQueryTuples, lastQueryTuples } = this.#table;
    const question = questions[slot];
    const at = slot * TUPLE_WORDS;
    return (
      question !== undefined &&
      (question === message.question ||
        (question.type === message.question.type && question.key === message.question.key)) &&
      (returnsToSource(lastQueryTuples, at, message) || returnsToSource(firstQueryTuples, at, message))
    );
  }

  /** Looks for an equal question that stands open from somebody else: this query may be its forwarding. */
  #findEnclosing(message: DnsMessage): number {
    const table = this.#table;
    let best = NO_SLOT;
    let bestRank = NOT_ENCLOSING;
    let other = table.firstAsking(message.question);
    for (let looks = 0; other !== NO_SLOT && looks < MAX_LOOKS; looks++) {
      const rank = enclosingRank(table, other, message);
      if (rank > bestRank) {
        best = other;
        bestRank = rank;
      }
      other = table.nextAsking(other);
    }
    return best;
  }

  #noteEnclosing(slot: number, enclosing: number): void {
    const table = this.#table;
    const from = enclosing * TUPLE_WORDS + ADDRESS_WORDS;
    table.hasEnclosing[slot] = 1;
    for (let i = 0; i < ADDRESS_WORDS; i++) {
      table.enclosingServers[slot * ADDRESS_WORDS + i] = table.lastQueryTuples[from + i] ?? 0;
    }
  }

  /** Gives up the oldest exchange; one that has its answer loses nothing by it but late copies. */
  #makeRoom(): void {
    this.counters.evicted++;
    const settling = this.#table.oldestSettling;
    if (settling !== NO_SLOT) this.#end(settling, true);
    else this.#table.release(this.#table.oldestWaiting);
  }

  #end(slot: number, isAnswered: boolean): void {
    this.#onOver(this.#table, slot, isAnswered);
    this.#table.release(slot);
  }
}
