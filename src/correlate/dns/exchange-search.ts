import { NO_RECORD } from "../../bounded/records.ts";
import type { DnsMessage } from "../../model/dns-message.ts";
import { DNS_COPY_MICROS } from "../../model/waiting-times.ts";
import {
  isFromServer,
  isHeldQuery,
  isInTransit,
  isLateQuery,
  isSameAnswer,
  isToClient,
  matchQuery,
  QueryMatch,
} from "./exchange-matching.ts";
import { idWord } from "./exchange-records.ts";
import { type ExchangeTable, hashIdAndQuestion } from "./exchange-table.ts";

/** How many exchanges with one id and question are compared, newest first: a flood can make any number of them. */
const MAX_COMPARED = 16;

/**
 * The exchange whose query was sighted before, or whose answer was captured before its query; else NO_RECORD. A settled one
 * that is met on the way is returned in its place: the caller ends it, and searches again.
 */
export function findQuery(table: ExchangeTable, message: DnsMessage): number {
  const { byId } = table;
  const id = idWord(message);
  let masqueraded = NO_RECORD;
  let held = NO_RECORD;
  let heldCount = 0;
  let compared = 0;
  let record = byId.first(hashIdAndQuestion(message));
  for (; record !== NO_RECORD && compared < MAX_COMPARED; record = byId.next(record)) {
    if (table.id(record) !== id) continue;
    compared++;
    if (table.isAnswered(record)) {
      if (table.isSettled(record, message.timeMicros)) return record;
      // In merged captures an answer may come some microseconds before its query.
      if (isLateQuery(table, record, message)) return record;
      continue;
    }
    const match = matchQuery(table, record, message);
    if (match === QueryMatch.sameSource) return record;
    if (match === QueryMatch.masqueraded && masqueraded === NO_RECORD) masqueraded = record;
    if (match === QueryMatch.none && isHeldQuery(table, record, message)) {
      held = record;
      heldCount++;
    }
  }
  if (masqueraded !== NO_RECORD) return masqueraded;
  return heldCount === 1 ? held : NO_RECORD;
}

/** Finds the exchanges that an answer may belong to. Each field is NO_RECORD without one. */
export class RelatedExchanges {
  readonly #table: ExchangeTable;
  /** Has this answer; its query came the way that the answer goes. */
  copied = NO_RECORD;
  /** Waits for this answer: the query came that way. Of repeated queries, the first. */
  asked = NO_RECORD;
  /** Has another answer, which went the same way. */
  answered = NO_RECORD;
  /** Waits for such an answer, from another server. */
  askedElsewhere = NO_RECORD;
  /** Has this answer, and no query. */
  withoutQuery = NO_RECORD;
  /**
   * Has just got this answer, from its server: this is a sighting in transit to the address to which the host
   * translated the query before any interface showed it. It adds nothing.
   */
  inTransit = NO_RECORD;

  constructor(table: ExchangeTable) {
    this.#table = table;
  }

  /** Returns a settled exchange that it met, which the caller ends before it searches again; NO_RECORD without one. */
  find(message: DnsMessage): number {
    const table = this.#table;
    const { byId } = table;
    const id = idWord(message);
    this.copied = NO_RECORD;
    this.asked = NO_RECORD;
    this.answered = NO_RECORD;
    this.askedElsewhere = NO_RECORD;
    this.withoutQuery = NO_RECORD;
    this.inTransit = NO_RECORD;
    let compared = 0;
    let record = byId.first(hashIdAndQuestion(message));
    for (; record !== NO_RECORD && compared < MAX_COMPARED; record = byId.next(record)) {
      if (table.id(record) !== id) continue;
      if (table.isSettled(record, message.timeMicros)) return record;
      compared++;
      this.#compare(record, message);
      if (this.copied !== NO_RECORD) break;
    }
    return NO_RECORD;
  }

  #compare(record: number, message: DnsMessage): void {
    const table = this.#table;
    if (!table.hasQuery(record)) {
      if (this.withoutQuery === NO_RECORD && isSameAnswer(table, record, message)) this.withoutQuery = record;
    } else if (isToClient(table, record, message)) {
      if (!table.isAnswered(record)) {
        if (isFromServer(table, record, message)) this.asked = record;
        else this.askedElsewhere = record;
      } else if (isFromServer(table, record, message)) {
        if (table.isRepeated(record, message, DNS_COPY_MICROS)) this.copied = record;
        else this.answered = record;
      }
    } else if (this.inTransit === NO_RECORD && isInTransit(table, record, message)) {
      this.inTransit = record;
    }
  }
}
