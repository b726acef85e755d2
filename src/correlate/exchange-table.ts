import { NO_SLOT, SlotIndex, SlotPool, SlotQueue } from "../bounded/slots.ts";
import { ADDRESS_WORDS } from "../model/address.ts";
import type { DnsAnswer, DnsMessage, DnsQuestion } from "../model/dns-message.ts";
import { Direction } from "../model/packet.ts";
import { DNS_COPY_MICROS } from "../model/waiting-times.ts";
import { comesFromDestination, copyTuple, sameDestination, sameSource, TUPLE_WORDS, writeTuple } from "./tuple.ts";

const NO_QUESTION: DnsQuestion = { name: "", key: "", type: 0, hash: 0 };

/**
 * DNS exchanges in work: the fields of each stand side by side in typed arrays, under its slot number. An exchange waits
 * for its answer, or has one and settles: then it waits for that answer's last copy.
 */
export class ExchangeTable {
  readonly #pool: SlotPool;
  /** By id and question: an id has 16 bits only. */
  readonly #byId: SlotIndex;
  /** Waiting exchanges only. */
  readonly #byQuestion: SlotIndex;
  readonly #waiting: SlotQueue;
  readonly #settling: SlotQueue;
  readonly #id: Int32Array;
  readonly #overTcp: Uint8Array;
  /** Of the query while it waits, of the answer once it has come. */
  readonly #fingerprint: Int32Array;
  readonly #lastCopyMicros: Float64Array;

  readonly isAnswered: Uint8Array;
  readonly hasQuery: Uint8Array;
  readonly queryMicros: Float64Array;
  /** First and last sighting of the answer. */
  readonly firstAnswerMicros: Float64Array;
  readonly answerMicros: Float64Array;
  readonly rcode: Uint8Array;
  readonly firstQueryTuples: Int32Array;
  readonly lastQueryTuples: Int32Array;
  readonly firstAnswerTuples: Int32Array;
  readonly lastAnswerTuples: Int32Array;
  /** Server of an equal question that stood open when this one was sent. */
  readonly hasEnclosing: Uint8Array;
  readonly enclosingServers: Int32Array;
  readonly questions: DnsQuestion[];
  readonly answers: (DnsAnswer | null)[];

  constructor(capacity: number) {
    this.#pool = new SlotPool(capacity);
    this.#byId = new SlotIndex(capacity);
    this.#byQuestion = new SlotIndex(capacity);
    this.#waiting = new SlotQueue(capacity);
    this.#settling = new SlotQueue(capacity);
    this.#id = new Int32Array(capacity);
    this.#overTcp = new Uint8Array(capacity);
    this.#fingerprint = new Int32Array(capacity);
    this.#lastCopyMicros = new Float64Array(capacity);
    this.isAnswered = new Uint8Array(capacity);
    this.hasQuery = new Uint8Array(capacity);
    this.queryMicros = new Float64Array(capacity);
    this.firstAnswerMicros = new Float64Array(capacity);
    this.answerMicros = new Float64Array(capacity);
    this.rcode = new Uint8Array(capacity);
    this.firstQueryTuples = new Int32Array(TUPLE_WORDS * capacity);
    this.lastQueryTuples = new Int32Array(TUPLE_WORDS * capacity);
    this.firstAnswerTuples = new Int32Array(TUPLE_WORDS * capacity);
    this.lastAnswerTuples = new Int32Array(TUPLE_WORDS * capacity);
    this.hasEnclosing = new Uint8Array(capacity);
    this.enclosingServers = new Int32Array(ADDRESS_WORDS * capacity);
    this.questions = new Array<DnsQuestion>(capacity).fill(NO_QUESTION);
    this.answers = new Array<DnsAnswer | null>(capacity).fill(null);
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

  /** First and next exchange that may have the message's id and question, newest first: compare them. */
  first(message: DnsMessage): number {
    return this.#byId.first(hashMessage(message));
  }

  next(slot: number): number {
    return this.#byId.next(slot);
  }

  /** Same id, over the same transport. */
  isSameId(slot: number, message: DnsMessage): boolean {
    return this.#id[slot] === message.id && this.#overTcp[slot] === (message.overTcp ? 1 : 0);
  }

  /** First and next waiting exchange with an equal question, newest first; whose name may differ: compare it. */
  firstAsking(question: DnsQuestion): number {
    return this.#byQuestion.first(question.hash);
  }

  nextAsking(slot: number): number {
    return this.#byQuestion.next(slot);
  }

  /** Takes a slot for an exchange that begins with a query; NO_SLOT when none is free. */
  openWithQuery(message: DnsMessage): number {
    const slot = this.#open(message);
    if (slot === NO_SLOT) return slot;
    const at = slot * TUPLE_WORDS;
    this.hasQuery[slot] = 1;
    this.isAnswered[slot] = 0;
    this.queryMicros[slot] = message.timeMicros;
    writeTuple(this.firstQueryTuples, at, message);
    copyTuple(this.firstQueryTuples, this.lastQueryTuples, at);
    this.#waiting.append(slot);
    this.#byQuestion.insert(slot, message.question.hash);
    return slot;
  }

  /** The same for an answer whose query was not seen. */
  openWithAnswer(message: DnsMessage): number {
    const slot = this.#open(message);
    if (slot === NO_SLOT) return slot;
    this.hasQuery[slot] = 0;
    this.queryMicros[slot] = message.timeMicros;
    this.#beginSettling(slot, message);
    return slot;
  }

  /** The answer of a waiting exchange has come. */
  answer(slot: number, message: DnsMessage): void {
    this.#waiting.remove(slot);
    this.#byQuestion.remove(slot);
    this.#beginSettling(slot, message);
  }

  addQueryCopy(slot: number, message: DnsMessage): void {
    const at = slot * TUPLE_WORDS;
    if (this.hasQuery[slot] === 0) {
      this.hasQuery[slot] = 1;
      writeTuple(this.firstQueryTuples, at, message);
    }
    if (this.isAnswered[slot] === 0) this.#lastCopyMicros[slot] = message.timeMicros;
    writeTuple(this.lastQueryTuples, at, message);
  }

  addAnswerCopy(slot: number, message: DnsMessage): void {
    this.#lastCopyMicros[slot] = message.timeMicros;
    this.answerMicros[slot] = message.timeMicros;
    writeTuple(this.lastAnswerTuples, slot * TUPLE_WORDS, message);
  }

  /** A query whose answer has been seen already, on its way to the sender. */
  isLateQuery(slot: number, message: DnsMessage): boolean {
    const question = this.questions[slot];
    return (
      question?.key === message.question.key &&
      question.type === message.question.type &&
      comesFromDestination(this.lastAnswerTuples, slot * TUPLE_WORDS, message)
    );
  }

  /**
   * A sighting of the same message on its way: same bytes, and one end as it was before. A query that has only its
   * server in common has been masqueraded, so it goes out: what comes in is another client's.
   */
  isCopy(slot: number, message: DnsMessage): boolean {
    if (this.#fingerprint[slot] !== message.fingerprint) return false;
    if (message.timeMicros - (this.#lastCopyMicros[slot] ?? 0) > DNS_COPY_MICROS) return false;
    const isAnswered = this.isAnswered[slot] === 1;
    const first = isAnswered ? this.firstAnswerTuples : this.firstQueryTuples;
    const last = isAnswered ? this.lastAnswerTuples : this.lastQueryTuples;
    const at = slot * TUPLE_WORDS;
    if (sameSource(last, at, message) || sameSource(first, at, message)) return true;
    if (!isAnswered && message.direction === Direction.incoming) return false;
    return sameDestination(last, at, message) || sameDestination(first, at, message);
  }

  release(slot: number): void {
    if (this.isAnswered[slot] === 1) {
      this.#settling.remove(slot);
    } else {
      this.#waiting.remove(slot);
      this.#byQuestion.remove(slot);
    }
    this.questions[slot] = NO_QUESTION;
    this.answers[slot] = null;
    this.#byId.remove(slot);
    this.#pool.release(slot);
  }

  #open(message: DnsMessage): number {
    const slot = this.#pool.take();
    if (slot === NO_SLOT) return slot;
    this.#id[slot] = message.id;
    this.#overTcp[slot] = message.overTcp ? 1 : 0;
    this.#fingerprint[slot] = message.fingerprint;
    this.#lastCopyMicros[slot] = message.timeMicros;
    this.hasEnclosing[slot] = 0;
    this.questions[slot] = message.question;
    this.#byId.insert(slot, hashMessage(message));
    return slot;
  }

  #beginSettling(slot: number, message: DnsMessage): void {
    const at = slot * TUPLE_WORDS;
    this.isAnswered[slot] = 1;
    this.#fingerprint[slot] = message.fingerprint;
    this.#lastCopyMicros[slot] = message.timeMicros;
    this.firstAnswerMicros[slot] = message.timeMicros;
    this.answerMicros[slot] = message.timeMicros;
    this.rcode[slot] = message.rcode;
    this.answers[slot] = message.answer;
    writeTuple(this.firstAnswerTuples, at, message);
    copyTuple(this.firstAnswerTuples, this.lastAnswerTuples, at);
    this.#settling.append(slot);
  }
}

function hashMessage({ id, question }: DnsMessage): number {
  return question.hash ^ Math.imul(id, 0x9e3779b1);
}
