import { NO_RECORD } from "../../bounded/records.ts";
import { ADDRESS_WORDS, isIpv4Words, isSameAddress } from "../../model/address.ts";
import type { DnsMessage } from "../../model/dns-message.ts";
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
      const rank = this.#rank(record, message);
      if (rank <= bestRank) continue;
      best = record;
      bestRank = rank;
    }
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
      if (isEnclosed && table.enclosing(record) === enclosing) table.setEnclosing(record, enclosing);
    }
  }

  /**
   * Whether the server of the enclosing exchange has forwarded the query at `record`. Any host can send a query to any
   * other and leave it open, so where the answers do not decide, only a known DNS server counts as a forwarder.
   */
  isForwarded(record: number, isAnswered: boolean): boolean {
    const table = this.#table;
    table.copyEnclosingServer(record, this.#server, 0);
    const isFirst = isAnswered ? this.#isAnsweredBeforeEnclosing(record) : null;
    return isFirst ?? this.#servers.has(this.#server, 0, table.queryMicros(record));
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
    // The record may have been reused for an exchange that began later.
    const isSame =
      table.hasQuestion(enclosing, table.question(record)) && table.queryMicros(enclosing) <= table.queryMicros(record);
    if (!isSame || !table.isAnswered(enclosing) || !this.#isAnsweredByServer(enclosing)) return null;
    return table.firstAnswerMicros(enclosing) >= table.firstAnswerMicros(record);
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
