import type { RecordPool } from "../../bounded/records.ts";
import { copyAddress } from "../../model/address.ts";
import type { DnsMessage } from "../../model/dns-message.ts";
import { TUPLE_PAIR_WORDS, TuplePair } from "../../model/tuple-pair.ts";
import { DNS_COPY_MICROS } from "../../model/waiting-times.ts";
import { OtherServers } from "./other-servers.ts";

/** Positions of the fields in a record: 32-bit words (`…At`), doubles (`…Double`). */
const Layout = {
  queryDouble: 0,
  firstAnswerDouble: 1,
  lastSightingDouble: 2,
  enclosingRecordAt: 6,
  senderLinkAt: 7,
  idAt: 8,
  byIdAt: 9,
  settlingAt: 11,
  fingerprintAt: 13,
  flagsAt: 14,
  rcodeAt: 15,
  queriesAt: 16,
  answersAt: 16 + TUPLE_PAIR_WORDS,
  enclosingServerAt: 52,
  byQuestionAt: 56,
  waitingAt: 58,
  otherServersAt: 60,
} as const;
const { queryDouble, firstAnswerDouble, lastSightingDouble, enclosingRecordAt, senderLinkAt, idAt, fingerprintAt } =
  Layout;
const { flagsAt, rcodeAt, enclosingServerAt } = Layout;

/** Length of a record in words: four cache lines. */
export const EXCHANGE_WORDS = 64;

/** Words for the links of indexes and queues, two for each. */
export const ExchangeLinks = {
  byId: Layout.byIdAt,
  byQuestion: Layout.byQuestionAt,
  waiting: Layout.waitingAt,
  settling: Layout.settlingAt,
} as const;

export const ExchangeFlag = {
  isAnswered: 1,
  /** The query was seen. Of an answered exchange: the answer goes back the way that the query came. */
  hasQuery: 2,
  hasEnclosing: 4,
  /** The client sent this query, with the same id and port, to another server than the one that answered. */
  isAskedElsewhere: 8,
  isTruncated: 16,
  /** It may be the enclosing exchange of another one. */
  isEnclosing: 32,
  /** The first sighting of the query left this machine, and had not arrived: a process of the host sent it. */
  isOfHost: 64,
  /** The first sighting of the query arrived, from a pod or another machine. */
  isArrived: 128,
  /** More queries of its client were answered than its enclosing exchanges can have caused. */
  isContested: 256,
  /** It counts as forwarded, but no answer of the enclosing exchange proves it; see `Lookup`. */
  mayBeOwn: 512,
  /** It is found by its question. */
  isByQuestion: 1_024,
  /** It counts as forwarded, if the server of the enclosing exchange turns out to answer queries; see `Lookup`. */
  isUnproven: 2_048,
  /** A sighting of the query left this machine. */
  hasLeft: 4_096,
} as const;

const { isAnswered, hasQuery, isTruncated } = ExchangeFlag;

/** The fields of DNS exchanges. This file alone knows where in its record a field is. */
export class ExchangeRecords {
  readonly #words: Int32Array;
  readonly #doubles: Float64Array;
  /** Tuples of the query's first and last sighting. */
  readonly queries: TuplePair;
  /** Tuples of the answer's first and last sighting. */
  readonly answers: TuplePair;
  /** Servers that other sightings of the query went to. */
  readonly otherServers: OtherServers;

  constructor(pool: RecordPool) {
    this.#words = pool.words;
    this.#doubles = pool.doubles;
    this.queries = new TuplePair(pool.words, Layout.queriesAt);
    this.answers = new TuplePair(pool.words, Layout.answersAt);
    this.otherServers = new OtherServers(pool.words, Layout.otherServersAt, EXCHANGE_WORDS - Layout.otherServersAt);
  }

  /** Sets what the first message of an exchange decides: a query, or an answer without one. */
  initialize(record: number, message: DnsMessage, flags: number): void {
    const words = this.#words;
    this.#doubles[(record >> 1) + queryDouble] = message.timeMicros;
    this.#doubles[(record >> 1) + lastSightingDouble] = message.timeMicros;
    words[record + senderLinkAt] = message.senderLink;
    words[record + idAt] = idWord(message);
    words[record + fingerprintAt] = message.fingerprint;
    words[record + flagsAt] = flags;
    this.otherServers.clear(record);
  }

  /** Sets what the first sighting of the answer decides. */
  setAnswer(record: number, message: DnsMessage): void {
    const words = this.#words;
    const flags = words[record + flagsAt] as number;
    this.#doubles[(record >> 1) + firstAnswerDouble] = message.timeMicros;
    this.#doubles[(record >> 1) + lastSightingDouble] = message.timeMicros;
    words[record + fingerprintAt] = message.fingerprint;
    words[record + rcodeAt] = message.rcode;
    words[record + flagsAt] = flags | isAnswered | (message.isTruncated ? isTruncated : 0);
    this.answers.setBoth(record, message);
  }

  /** Bits of `ExchangeFlag`. */
  flags(record: number): number {
    return this.#words[record + flagsAt] as number;
  }

  setFlag(record: number, flag: number, isSet: boolean): void {
    const flags = this.#words[record + flagsAt] as number;
    this.#words[record + flagsAt] = isSet ? flags | flag : flags & ~flag;
  }

  isAnswered(record: number): boolean {
    return ((this.#words[record + flagsAt] as number) & isAnswered) !== 0;
  }

  hasQuery(record: number): boolean {
    return ((this.#words[record + flagsAt] as number) & hasQuery) !== 0;
  }

  /** Time of the first sighting of the query; of the answer where no query was seen. */
  queryMicros(record: number): number {
    return this.#doubles[(record >> 1) + queryDouble] as number;
  }

  /** Time of the first sighting of the answer. */
  firstAnswerMicros(record: number): number {
    return this.#doubles[(record >> 1) + firstAnswerDouble] as number;
  }

  /** Whether it is answered, and the last sighting of its answer must have passed. */
  isSettled(record: number, nowMicros: number): boolean {
    return this.isAnswered(record) && this.firstAnswerMicros(record) + DNS_COPY_MICROS <= nowMicros;
  }

  /** Time of the last sighting of the query, and from the answer on of the answer. */
  lastSightingMicros(record: number): number {
    return this.#doubles[(record >> 1) + lastSightingDouble] as number;
  }

  /** Whether the message has the bytes of the last sighting, and comes at most `maxMicros` after it. */
  isRepeated(record: number, message: DnsMessage, maxMicros: number): boolean {
    if (this.#words[record + fingerprintAt] !== message.fingerprint) return false;
    return message.timeMicros - (this.#doubles[(record >> 1) + lastSightingDouble] as number) <= maxMicros;
  }

  setLastSightingMicros(record: number, micros: number): void {
    this.#doubles[(record >> 1) + lastSightingDouble] = micros;
  }

  /** Link-layer sender of the query's first sighting; see `DnsMessage`. */
  senderLink(record: number): number {
    return this.#words[record + senderLinkAt] as number;
  }

  setSenderLink(record: number, senderLink: number): void {
    this.#words[record + senderLinkAt] = senderLink;
  }

  /** Id and transport of the message; see `idWord`. */
  id(record: number): number {
    return this.#words[record + idAt] as number;
  }

  isOverTcp(record: number): boolean {
    return (this.id(record) & OVER_TCP) !== 0;
  }

  rcode(record: number): number {
    return this.#words[record + rcodeAt] as number;
  }

  /** The query of `from` is that of `to` too. */
  copyQuery(from: number, to: number): void {
    this.#doubles[(to >> 1) + queryDouble] = this.queryMicros(from);
    this.setSenderLink(to, this.senderLink(from));
    this.queries.copyBoth(from, to);
    this.otherServers.copy(from, to);
  }

  /** An exchange with an equal question that was open when this query was sent. Its record may be another's by now. */
  enclosing(record: number): number {
    return this.#words[record + enclosingRecordAt] as number;
  }

  /** Notes an enclosing exchange, and the server that the last sighting of its query went to. */
  setEnclosing(record: number, enclosing: number): void {
    this.#words[record + enclosingRecordAt] = enclosing;
    this.setFlag(enclosing, ExchangeFlag.isEnclosing, true);
    this.queries.copyLastDestination(enclosing, this.#words, record + enclosingServerAt);
    this.setFlag(record, ExchangeFlag.hasEnclosing, true);
  }

  copyEnclosingServer(record: number, to: Int32Array, at: number): void {
    copyAddress(this.#words, record + enclosingServerAt, to, at);
  }
}

/** Bit of the transport in an `idWord`; the id has 16 bits. */
const OVER_TCP = 0x10000;

/** Id and transport of a message in one word. */
export function idWord(message: DnsMessage): number {
  return message.overTcp ? message.id | OVER_TCP : message.id;
}
