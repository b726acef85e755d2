import { NO_RECORD, RecordIndex, RecordPool, RecordQueue } from "../../bounded/records.ts";
import { ADDRESS_WORDS } from "../../model/address.ts";
import type { DnsAnswer, DnsMessage, DnsQuestion } from "../../model/dns-message.ts";
import { haveSameDestination, sameDestination, TUPLE_WORDS, writeTuple } from "../../model/tuple.ts";
import { ExchangeLayout, ExchangeMark } from "./exchange-layout.ts";
import { OtherServers } from "./other-servers.ts";

const NO_QUESTION: DnsQuestion = { name: "", key: "", type: 0, hash: 0 };

/** Questions and answers are objects: kept by a record's number, its position in units of a record's length. */
const NUMBER_SHIFT = Math.log2(ExchangeLayout.words);

const { queryDouble, firstAnswerDouble, lastCopyDouble, idAt, fingerprintAt, marksAt, rcodeAt } = ExchangeLayout;
const { firstQueryAt, lastQueryAt, firstAnswerAt, lastAnswerAt, enclosingAt, enclosingRecordAt, senderLinkAt } =
  ExchangeLayout;
const { isAnswered, hasQuery, hasEnclosing, askedElsewhere, isTruncated } = ExchangeMark;

/**
 * DNS exchanges in work, a record for each. An exchange waits for its answer, or has one and settles: then it waits for
 * that answer's last copy.
 */
export class ExchangeTable {
  readonly #pool: RecordPool;
  readonly #waiting: RecordQueue;
  readonly #settling: RecordQueue;
  readonly #questions: DnsQuestion[];
  readonly #answers: (DnsAnswer | null)[];
  /** By `hashIdAndQuestion`: an id has 16 bits only. */
  readonly byId: RecordIndex;
  /** Waiting exchanges only, by their question's hash. */
  readonly byQuestion: RecordIndex;
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  /** Whom a query was seen to go to, beside its first and its last sighting's server. */
  readonly #otherServers: OtherServers;

  constructor(capacity: number) {
    this.#pool = new RecordPool(capacity, ExchangeLayout.words, 2);
    this.words = this.#pool.words;
    this.doubles = this.#pool.doubles;
    this.#otherServers = new OtherServers(this.words);
    this.byId = new RecordIndex(this.#pool, ExchangeLayout.byIdAt);
    this.byQuestion = new RecordIndex(this.#pool, ExchangeLayout.byQuestionAt);
    this.#waiting = new RecordQueue(this.#pool, ExchangeLayout.waitingAt);
    this.#settling = new RecordQueue(this.#pool, ExchangeLayout.settlingAt);
    this.#questions = new Array<DnsQuestion>(capacity + 1).fill(NO_QUESTION);
    this.#answers = new Array<DnsAnswer | null>(capacity + 1).fill(null);
  }

  get size(): number {
    return this.#pool.used;
  }

  get oldestWaiting(): number {
    return this.#waiting.oldest;
  }

  get oldestSettling(): number {
    return this.#settling.oldest;
  }

  question(record: number): DnsQuestion {
    return this.#questions[record >> NUMBER_SHIFT] ?? NO_QUESTION;
  }

  answerOf(record: number): DnsAnswer | null {
    return this.#answers[record >> NUMBER_SHIFT] ?? null;
  }

  isAnswered(record: number): boolean {
    return ((this.words[record + marksAt] ?? 0) & isAnswered) !== 0;
  }

  isAsking(record: number, question: DnsQuestion): boolean {
    const own = this.#questions[record >> NUMBER_SHIFT] ?? NO_QUESTION;
    return own === question || (own.hash === question.hash && own.type === question.type && own.key === question.key);
  }

  hasQuery(record: number): boolean {
    return ((this.words[record + marksAt] ?? 0) & hasQuery) !== 0;
  }

  /** Takes a record for an exchange that begins with a query; NO_RECORD when none is free. */
  openWithQuery(message: DnsMessage): number {
    const record = this.#open(message, hasQuery);
    if (record === NO_RECORD) return record;
    writeTuple(this.words, record + firstQueryAt, message);
    writeTuple(this.words, record + lastQueryAt, message);
    this.#waiting.append(record);
    this.byQuestion.insert(record, message.question.hash);
    return record;
  }

  /** The same for an answer whose query was not seen. */
  openWithAnswer(message: DnsMessage): number {
    const record = this.#open(message, 0);
    if (record !== NO_RECORD) this.#beginSettling(record, message);
    return record;
  }

  /** The answer of a waiting exchange has come. */
  answer(record: number, message: DnsMessage): void {
    this.#waiting.remove(record);
    this.byQuestion.remove(record);
    this.#beginSettling(record, message);
  }

  /** A further sighting of the query while it waits. */
  addQuery(record: number, message: DnsMessage): void {
    this.doubles[(record >> 1) + lastCopyDouble] = message.timeMicros;
    this.#replaceLastQuery(record, message);
  }

  /** A further sighting of the answer. */
  addAnswer(record: number, message: DnsMessage): void {
    this.doubles[(record >> 1) + lastCopyDouble] = message.timeMicros;
    writeTuple(this.words, record + lastAnswerAt, message);
  }

  /** A sighting of the query behind that of its answer. */
  addLateQuery(record: number, message: DnsMessage): void {
    const { words } = this;
    const isFirst = !this.hasQuery(record);
    words[record + marksAt] = ((words[record + marksAt] ?? 0) | hasQuery) & ~askedElsewhere;
    if (isFirst) {
      writeTuple(words, record + firstQueryAt, message);
      writeTuple(words, record + lastQueryAt, message);
      words[record + senderLinkAt] = message.senderLink;
    } else {
      this.#replaceLastQuery(record, message);
    }
  }

  /** The answer at `record` is one more to the query of `asked`, which has been answered just now. */
  shareQuery(record: number, asked: number): void {
    const { words, doubles } = this;
    words[record + marksAt] = (words[record + marksAt] ?? 0) | hasQuery;
    doubles[(record >> 1) + queryDouble] = doubles[(asked >> 1) + queryDouble] ?? 0;
    words[record + senderLinkAt] = words[asked + senderLinkAt] ?? 0;
    words.copyWithin(record + firstQueryAt, asked + firstQueryAt, asked + firstQueryAt + 2 * TUPLE_WORDS);
    this.#otherServers.copy(asked, record);
  }

  /** The answer at `record` comes from another server than the client asked with the query of `asked`. */
  noteAskedElsewhere(record: number, asked: number): void {
    const { words } = this;
    words[record + marksAt] = (words[record + marksAt] ?? 0) | askedElsewhere;
    words[record + senderLinkAt] = words[asked + senderLinkAt] ?? 0;
    words.copyWithin(record + firstQueryAt, asked + firstQueryAt, asked + firstQueryAt + TUPLE_WORDS);
  }

  /** Notes that the question was open at the server of `enclosing`, as its last copy addressed it. */
  addEnclosing(record: number, enclosing: number): void {
    const { words } = this;
    const server = enclosing + lastQueryAt + ADDRESS_WORDS;
    words[record + marksAt] = (words[record + marksAt] ?? 0) | hasEnclosing;
    words[record + enclosingRecordAt] = enclosing;
    for (let i = 0; i < ADDRESS_WORDS; i++) words[record + enclosingAt + i] = words[server + i] ?? 0;
  }

  dropEnclosing(record: number): void {
    this.words[record + marksAt] = (this.words[record + marksAt] ?? 0) & ~hasEnclosing;
  }

  /** Whether the sighting comes from a server, neither the first nor the last, that the query was seen to go to. */
  hasOtherServer(record: number, message: DnsMessage): boolean {
    return this.#otherServers.has(record, message);
  }

  release(record: number): void {
    if (this.isAnswered(record)) {
      this.#settling.remove(record);
    } else {
      this.#waiting.remove(record);
      this.byQuestion.remove(record);
    }
    this.#questions[record >> NUMBER_SHIFT] = NO_QUESTION;
    this.#answers[record >> NUMBER_SHIFT] = null;
    this.byId.remove(record);
    this.#pool.release(record);
  }

  #open(message: DnsMessage, marks: number): number {
    const record = this.#pool.take();
    if (record === NO_RECORD) return record;
    const { words, doubles } = this;
    doubles[(record >> 1) + queryDouble] = message.timeMicros;
    doubles[(record >> 1) + lastCopyDouble] = message.timeMicros;
    words[record + senderLinkAt] = message.senderLink;
    words[record + idAt] = idWord(message);
    words[record + fingerprintAt] = message.fingerprint;
    words[record + marksAt] = marks;
    this.#otherServers.clear(record);
    this.#questions[record >> NUMBER_SHIFT] = message.question;
    this.byId.insert(record, hashIdAndQuestion(message));
    return record;
  }

  #replaceLastQuery(record: number, message: DnsMessage): void {
    const { words } = this;
    const last = record + lastQueryAt;
    if (!sameDestination(words, last, message) && !haveSameDestination(words, last, record + firstQueryAt)) {
      this.#otherServers.add(record, last);
    }
    writeTuple(words, last, message);
  }

  #beginSettling(record: number, message: DnsMessage): void {
    const { words, doubles } = this;
    const { timeMicros } = message;
    doubles[(record >> 1) + firstAnswerDouble] = timeMicros;
    doubles[(record >> 1) + lastCopyDouble] = timeMicros;
    words[record + fingerprintAt] = message.fingerprint;
    words[record + marksAt] = (words[record + marksAt] ?? 0) | isAnswered | (message.isTruncated ? isTruncated : 0);
    words[record + rcodeAt] = message.rcode;
    writeTuple(words, record + firstAnswerAt, message);
    writeTuple(words, record + lastAnswerAt, message);
    this.#answers[record >> NUMBER_SHIFT] = message.answer;
    this.#settling.append(record);
  }
}

/** Id and transport in one word. */
export function idWord(message: DnsMessage): number {
  return message.overTcp ? message.id | 0x10000 : message.id;
}

export function hashIdAndQuestion({ id, question }: DnsMessage): number {
  return question.hash ^ Math.imul(id, 0x9e3779b1);
}
