import { NO_RECORD } from "../../bounded/records.ts";
import { ADDRESS_WORDS, isIpv4Words, isSameAddress } from "../../model/address.ts";
import { type DnsMessage, Rcode } from "../../model/dns-message.ts";
import { ExchangeFlag } from "./exchange-records.ts";
import type { ExchangeTable } from "./exchange-table.ts";
import type { KnownServers } from "./known-servers.ts";

/** How many exchanges with an equal question are compared for one query, newest first. */
const MAX_COMPARED = 16;

/** How likely an exchange encloses a query. */
const Rank = {
  none: 0,
  otherServer: 1,
  sentByServer: 2,
  knownServer: 3,
  serverOnHost: 4,
  knownServerOnHost: 5,
  sentByKnownServer: 6,
} as const;

/**
 * Finds the exchange that encloses a query: one with an equal question from another client, open while the query is
 * sent. Its server may be a forwarder, and the query the one that it forwards.
 */
export class EnclosingQuestions {
  readonly #table: ExchangeTable;
  readonly #servers: KnownServers;
  readonly #client = new Int32Array(ADDRESS_WORDS);
  readonly #server = new Int32Array(ADDRESS_WORDS);
  readonly #sender = new Int32Array(ADDRESS_WORDS);

  constructor(table: ExchangeTable, servers: KnownServers) {
    this.#table = table;
    this.#servers = servers;
  }

  /** The exchange that most likely encloses the query; NO_RECORD without one. */
  find(message: DnsMessage): number {
    const table = this.#table;
    let best = NO_RECORD;
    let bestRank: number = Rank.none;
    let compared = 0;
    let record = table.byQuestion.first(message.question.hash);
    for (; record !== NO_RECORD && compared < MAX_COMPARED; record = table.byQuestion.next(record)) {
      if (!table.hasQuestion(record, message.question)) continue;
      compared++;
      const rank = table.isAnswered(record) ? Rank.none : this.#rank(record, message);
      if (rank <= bestRank) continue;
      best = record;
      bestRank = rank;
    }
    if (best !== NO_RECORD) this.#markEnclosing(best, message);
    return best;
  }

  /** Call it for a further sighting of the query of `enclosing`: it may go to another server than the ones before. */
  follow(enclosing: number): void {
    const table = this.#table;
    let compared = 0;
    let record = table.byQuestion.first(table.question(enclosing).hash);
    for (; record !== NO_RECORD && compared < MAX_COMPARED; record = table.byQuestion.next(record)) {
      compared++;
      const isEnclosed = (table.flags(record) & ExchangeFlag.hasEnclosing) !== 0;
      if (isEnclosed && table.enclosing(record) === enclosing && this.#isStillThere(enclosing, record)) {
        table.setEnclosing(record, enclosing);
      }
    }
  }

  /**
   * Call it when the exchange at `record`, which has an enclosing one, is answered. A forwarder asks once for each
   * question that it is asked, and once more only after no or no usable answer. So where more queries of one host are
   * answered than such questions were open, as many as there are more are other processes'. They have the same client,
   * question and answer, so any of them may count as such: those answered last. All count where there are addresses,
   * which a process may dial after the first answer.
   */
  answered(record: number): void {
    const table = this.#table;
    if (!this.#hasUsableAnswer(record)) return;
    table.copyEnclosingServer(record, this.#server, 0);
    let enclosing = 0;
    let enclosed = 0;
    let contested = 0;
    let compared = 0;
    let other = table.byQuestion.first(table.question(record).hash);
    for (; other !== NO_RECORD; other = table.byQuestion.next(other)) {
      if (!table.hasQuestion(other, table.question(record))) continue;
      if (++compared > MAX_COMPARED) return;
      if (!this.#isRival(other, record)) {
        if (this.#isToServer(other)) enclosing++;
        continue;
      }
      enclosed++;
      if ((table.flags(other) & ExchangeFlag.isContested) !== 0) contested++;
    }
    if (enclosed < 2 || enclosed <= enclosing) return;
    if (table.rcode(record) === Rcode.nameError) {
      if (contested < enclosed - enclosing) table.setFlag(record, ExchangeFlag.isContested, true);
      return;
    }
    other = table.byQuestion.first(table.question(record).hash);
    for (; other !== NO_RECORD; other = table.byQuestion.next(other)) {
      if (!table.hasQuestion(other, table.question(record))) continue;
      if (this.#isRival(other, record)) table.setFlag(other, ExchangeFlag.isContested, true);
    }
  }

  /**
   * Decides whether the server of the enclosing exchange has forwarded the query at `record`, which ends. Any host can
   * send a query to any other and leave it open, so where the answers do not decide, only a known DNS server counts as
   * a forwarder. What a host sent waits for the answer of an unknown server: the first question to a cache.
   */
  decide(record: number, isAnswered: boolean): void {
    const table = this.#table;
    table.copyEnclosingServer(record, this.#server, 0);
    const flags = table.flags(record);
    const isFirst = isAnswered ? this.#isAnsweredBeforeEnclosing(record) : null;
    const isContested = (flags & ExchangeFlag.isContested) !== 0;
    const isForwarded = !isContested && (isFirst ?? this.#servers.has(this.#server, 0, table.queryMicros(record)));
    const mayBeOwn = !isContested && isAnswered && isFirst === null;
    const isUnproven = mayBeOwn && !isForwarded && (flags & ExchangeFlag.isOfHost) !== 0;
    table.setFlag(record, ExchangeFlag.hasEnclosing, isForwarded || isUnproven);
    table.setFlag(record, ExchangeFlag.mayBeOwn, mayBeOwn);
    table.setFlag(record, ExchangeFlag.isUnproven, isUnproven);
  }

  /** Every open exchange with the server of `best` may be the one for which the query is sent. */
  #markEnclosing(best: number, message: DnsMessage): void {
    const table = this.#table;
    table.queries.copyLastDestination(best, this.#server, 0);
    let compared = 0;
    let record = table.byQuestion.first(message.question.hash);
    for (; record !== NO_RECORD && compared < MAX_COMPARED; record = table.byQuestion.next(record)) {
      if (!table.hasQuestion(record, message.question)) continue;
      compared++;
      if (!table.isAnswered(record) && this.#isToServer(record)) {
        table.setFlag(record, ExchangeFlag.isEnclosing, true);
      }
    }
  }

  /** Whether the last sighting of the query went to `#server`. */
  #isToServer(record: number): boolean {
    this.#table.queries.copyLastDestination(record, this.#client, 0);
    return isSameAddress(this.#client, 0, this.#server, 0);
  }

  /** A forwarder that gets another answer than these asks again, or another server. */
  #hasUsableAnswer(record: number): boolean {
    const table = this.#table;
    if (!table.isAnswered(record) || (table.flags(record) & ExchangeFlag.isTruncated) !== 0) return false;
    return table.rcode(record) === Rcode.nameError || (table.answerOf(record)?.addresses.length ?? 0) > 0;
  }

  /** Whether both are answered, and sent by one host while `#server` had the question. True for the same record. */
  #isRival(other: number, record: number): boolean {
    const table = this.#table;
    const flags = table.flags(other);
    if ((flags & ExchangeFlag.hasEnclosing) === 0 || !this.#hasUsableAnswer(other)) return false;
    table.copyEnclosingServer(other, this.#client, 0);
    if (!isSameAddress(this.#client, 0, this.#server, 0)) return false;
    if ((flags & table.flags(record) & ExchangeFlag.isOfHost) !== 0) return true;
    if (((flags | table.flags(record)) & ExchangeFlag.isArrived) !== 0) return false;
    table.queries.copyFirstSource(other, this.#client, 0);
    table.queries.copyFirstSource(record, this.#sender, 0);
    return isSameAddress(this.#client, 0, this.#sender, 0);
  }

  /**
   * Known servers rank first: a query to a host without a DNS server must not hide another exchange. But the same
   * question may be open to servers elsewhere, and only a cache on the host has a link-local address.
   */
  #rank(record: number, message: DnsMessage): number {
    const { queries } = this.#table;
    const client = this.#client;
    const server = this.#server;
    if (queries.hasFirstSource(record, message)) return Rank.none;
    queries.copyFirstSource(record, client, 0);
    queries.copyLastDestination(record, server, 0);
    const isSentByServer = isSameAddress(server, 0, message.addresses, 0);
    if (!isSentByServer && isSameAddress(client, 0, message.addresses, 0)) return Rank.none;
    const isKnown = this.#servers.has(server, 0, message.timeMicros);
    if (isSentByServer) return isKnown ? Rank.sentByKnownServer : Rank.sentByServer;
    if (isLinkLocal(server)) return isKnown ? Rank.knownServerOnHost : Rank.serverOnHost;
    return isKnown ? Rank.knownServer : Rank.otherServer;
  }

  /**
   * Whether the exchange at `record` was answered before the enclosing one, as it is where a forwarder passes its
   * answer on. Null while the enclosing exchange is open, some time after its end, and where another server has
   * answered it.
   */
  #isAnsweredBeforeEnclosing(record: number): boolean | null {
    const table = this.#table;
    const enclosing = table.enclosing(record);
    if (!this.#isStillThere(enclosing, record) || !table.isAnswered(enclosing)) return null;
    if (!this.#isAnsweredByServer(enclosing)) return null;
    return table.firstAnswerMicros(enclosing) >= table.firstAnswerMicros(record);
  }

  /** Whether the exchange at `enclosing` is the one that encloses `record`, not a later one that has its record by now. */
  #isStillThere(enclosing: number, record: number): boolean {
    const table = this.#table;
    if (!table.hasQuestion(enclosing, table.question(record))) return false;
    return table.queryMicros(enclosing) <= table.queryMicros(record);
  }

  #isAnsweredByServer(record: number): boolean {
    const { answers } = this.#table;
    const sender = this.#sender;
    answers.copyFirstSource(record, sender, 0);
    if (isSameAddress(sender, 0, this.#server, 0)) return true;
    answers.copyLastSource(record, sender, 0);
    return isSameAddress(sender, 0, this.#server, 0);
  }
}

/** 169.254.0.0/16 (RFC 3927), fe80::/10 (RFC 4291 §2.5.6). */
function isLinkLocal(address: Int32Array): boolean {
  return isIpv4Words(address, 0)
    ? (address[3] as number) >>> 16 === 0xa9fe
    : (address[0] as number) >>> 22 === 0xfe80 >>> 6;
}
