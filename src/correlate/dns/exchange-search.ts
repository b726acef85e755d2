import { NO_RECORD } from "../../bounded/records.ts";
import type { DnsMessage } from "../../model/dns-message.ts";
import { ExchangeLayout } from "./exchange-layout.ts";
import {
  comesFromAsked,
  goesToAsker,
  isAnswerCopy,
  isLateQuery,
  isPassing,
  isSameMessage,
  matchQueryCopy,
  QueryCopy,
} from "./exchange-matching.ts";
import { type ExchangeTable, hashIdAndQuestion, idWord } from "./exchange-table.ts";

const { idAt } = ExchangeLayout;

/**
 * Exchanges with an equal id and question that are looked at for one message, newest first: a flood of one must not
 * become long searches.
 */
const MAX_LOOKS = 16;

/** The exchange of which the query is a further sighting, or whose answer was seen before it. */
export function findQuery(table: ExchangeTable, message: DnsMessage): number {
  const { words, byId } = table;
  const id = idWord(message);
  let masqueraded = NO_RECORD;
  let looks = 0;
  let record = byId.first(hashIdAndQuestion(message));
  for (; record !== NO_RECORD && looks < MAX_LOOKS; record = byId.next(record)) {
    if (words[record + idAt] !== id) continue;
    looks++;
    if (table.isAnswered(record)) {
      // An answer may be seen some microseconds before its query, where captures are merged.
      if (isLateQuery(table, record, message)) return record;
      continue;
    }
    const copy = matchQueryCopy(table, record, message);
    if (copy === QueryCopy.sameSource) return record;
    if (copy === QueryCopy.masqueraded && masqueraded === NO_RECORD) masqueraded = record;
  }
  return masqueraded;
}

/** What an answer may belong to; each is `NO_RECORD` where there is none. */
export class RelatedExchanges {
  readonly #table: ExchangeTable;
  /** Has the very answer, which goes back the way its query came. */
  copied = NO_RECORD;
  /** Waits for it: went the same way. Of one that was repeated, the first. */
  asked = NO_RECORD;
  /** Has another answer, that came the same way just now. */
  answered = NO_RECORD;
  /** Waits for such an answer from another server. */
  askedElsewhere = NO_RECORD;
  /** Has the very answer, and no query. */
  unasked = NO_RECORD;
  /**
   * Has just had the very answer, from whom was asked: this is it again, on its way to where the host had translated the
   * query before any interface showed it. It says nothing more.
   */
  passed = NO_RECORD;

  constructor(table: ExchangeTable) {
    this.#table = table;
  }

  find(message: DnsMessage): void {
    const { words, byId } = this.#table;
    const id = idWord(message);
    this.copied = NO_RECORD;
    this.asked = NO_RECORD;
    this.answered = NO_RECORD;
    this.askedElsewhere = NO_RECORD;
    this.unasked = NO_RECORD;
    this.passed = NO_RECORD;
    let looks = 0;
    let record = byId.first(hashIdAndQuestion(message));
    for (; record !== NO_RECORD && looks < MAX_LOOKS; record = byId.next(record)) {
      if (words[record + idAt] !== id) continue;
      looks++;
      this.#look(record, message);
      if (this.copied !== NO_RECORD) return;
    }
  }

  #look(record: number, message: DnsMessage): void {
    const table = this.#table;
    if (!table.hasQuery(record)) {
      if (this.unasked === NO_RECORD && isAnswerCopy(table, record, message)) this.unasked = record;
    } else if (goesToAsker(table, record, message)) {
      if (!table.isAnswered(record)) {
        if (comesFromAsked(table, record, message)) this.asked = record;
        else this.askedElsewhere = record;
      } else if (comesFromAsked(table, record, message)) {
        if (isSameMessage(table, record, message)) this.copied = record;
        else this.answered = record;
      }
    } else if (this.passed === NO_RECORD && isPassing(table, record, message)) {
      this.passed = record;
    }
  }
}
