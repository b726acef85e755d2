import { NO_RECORD, RecordIndex, RecordPool, RecordQueue } from "../bounded/records.ts";
import { ADDRESS_WORDS } from "../model/address.ts";
import type { DnsAnswer, DnsMessage, DnsQuestion } from "../model/dns-message.ts";
import { Direction } from "../model/packet.ts";
import { DNS_COPY_MICROS } from "../model/waiting-times.ts";
import { comesFromDestination, sameDestination, sameSource, writeTuple } from "./tuple.ts";

const NO_QUESTION: DnsQuestion = { name: "", key: "", type: 0, hash: 0 };

/** Where the fields of an exchange stand in its record: 32-bit words (`…At`), doubles (`…Double`). */
export const ExchangeLayout = {
  /** First sighting of the query; of the answer where the query was not seen. */
  queryDouble: 0,
  /** First and last sighting of the answer. */
  firstAnswerDouble: 1,
  answerDouble: 2,
  /** Of the query while it waits, of the answer once it has come; as the fingerprint. */
  lastCopyDouble: 3,
  /** The message's id, and the transport above it: see `idWord`. */
  idAt: 8,
  byIdAt: 9,
  settlingAt: 11,
  fingerprintAt: 13,
  /** Bits of `ExchangeMark`. */
  marksAt: 14,
  rcodeAt: 15,
  /** Ends of the query's and of the answer's first and last sighting; see tuple.ts. */
  firstQueryAt: 16,
  lastQueryAt: 25,
  firstAnswerAt: 34,
  lastAnswerAt: 43,
  /** Server of an equal question that stood open when this one was sent. */
  enclosingAt: 52,
  byQuestionAt: 56,
  waitingAt: 58,
  words: 64,
} as const;

/** Questions and answers are objects: kept by a record's number, its position in units of a record's length. */
const NUMBER_SHIFT = Math.log2(ExchangeLayout.words);

export const ExchangeMark = { isAnswered: 1, hasQuery: 2, hasEnclosing: 4 } as const;

const { queryDouble, firstAnswerDouble, answerDouble, lastCopyDouble, idAt, fingerprintAt, marksAt, rcodeAt } =
  ExchangeLayout;
const { firstQueryAt, lastQueryAt, firstAnswerAt, lastAnswerAt, enclosingAt } = ExchangeLayout;
const { isAnswered, hasQuery, hasEnclosing } = ExchangeMark;

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

  constructor(capacity: number) {
    this.#pool = new RecordPool(capacity, ExchangeLayout.words, 2);
    this.words = this.#pool.words;
    this.doubles = this.#pool.doubles;
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

  /** A further sighting of the query while it waits, of the answer once it has come. */
  addCopy(record: number, message: DnsMessage): void {
    this.doubles[(record >> 1) + lastCopyDouble] = message.timeMicros;
    if (message.isResponse) this.doubles[(record >> 1) + answerDouble] = message.timeMicros;
    writeTuple(this.words, record + (message.isResponse ? lastAnswerAt : lastQueryAt), message);
  }

  /** A sighting of the query behind that of its answer. */
  addLateQuery(record: number, message: DnsMessage): void {
    const marks = this.words[record + marksAt] ?? 0;
    this.words[record + marksAt] = marks | hasQuery;
    if ((marks & hasQuery) === 0) writeTuple(this.words, record + firstQueryAt, message);
    writeTuple(this.words, record + lastQueryAt, message);
  }

  /** Notes that the question was open at the server of `enclosing`, as its last copy addressed it. */
  addEnclosing(record: number, enclosing: number): void {
    const { words } = this;
    const server = enclosing + lastQueryAt + ADDRESS_WORDS;
    words[record + marksAt] = (words[record + marksAt] ?? 0) | hasEnclosing;
    for (let i = 0; i < ADDRESS_WORDS; i++) words[record + enclosingAt + i] = words[server + i] ?? 0;
  }

  /** A query whose answer has been seen already, on its way to the sender. */
  isLateQuery(record: number, message: DnsMessage): boolean {
    return this.isAsking(record, message.question) && comesFromDestination(this.words, record + lastAnswerAt, message);
  }

  /**
   * A sighting of the same message on its way: same bytes, and one end as it was before. A query that has only its
   * server in common has been masqueraded, so it goes out: what comes in is another client's.
   */
  isCopy(record: number, message: DnsMessage): boolean {
    const { words } = this;
    if (words[record + fingerprintAt] !== message.fingerprint) return false;
    if (message.timeMicros - (this.doubles[(record >> 1) + lastCopyDouble] ?? 0) > DNS_COPY_MICROS) return false;
    const { isResponse } = message;
    const first = record + (isResponse ? firstAnswerAt : firstQueryAt);
    const last = record + (isResponse ? lastAnswerAt : lastQueryAt);
    if (sameSource(words, last, message) || sameSource(words, first, message)) return true;
    if (!isResponse && message.direction === Direction.incoming) return false;
    return sameDestination(words, last, message) || sameDestination(words, first, message);
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
    words[record + idAt] = idWord(message);
    words[record + fingerprintAt] = message.fingerprint;
    words[record + marksAt] = marks;
    this.#questions[record >> NUMBER_SHIFT] = message.question;
    this.byId.insert(record, hashIdAndQuestion(message));
    return record;
  }

  #beginSettling(record: number, message: DnsMessage): void {
    const { words, doubles } = this;
    const { timeMicros } = message;
    doubles[(record >> 1) + firstAnswerDouble] = timeMicros;
    doubles[(record >> 1) + answerDouble] = timeMicros;
    doubles[(record >> 1) + lastCopyDouble] = timeMicros;
    words[record + fingerprintAt] = message.fingerprint;
    words[record + marksAt] = (words[record + marksAt] ?? 0) | isAnswered;
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
