import { DeadlineQueue, NOT_QUEUED, type Queued } from "../bounded/deadline-queue.ts";
import { Ring } from "../bounded/ring.ts";
import { ArrivalQueue } from "./arrival-queue.ts";

/** A fact that was tried and waits for a cluster update. */
interface PendingFact<T> extends Queued {
  readonly fact: T;
  /** Position in order of arrival. */
  readonly arrival: number;
  /** Version of the cluster index at the last try. */
  triedVersion: number;
  isDecided: boolean;
}

const MAX_PENDING = 65_536;

/**
 * Maximum of retries in each RETRY_MICROS of packet time: a sender can make any number of facts wait, and updates come
 * twenty times a second. The other facts are retried later, at the latest at their deadline.
 */
const MAX_RETRIES = 1_024;
const RETRY_MICROS = 100_000;

/**
 * Maximum wait from packet time until a fact can be decided. Without it, facts with a time in the future, which a compromised
 * sensor may send, would hold up those behind them, which would all be checked again for each deadline among them.
 */
const MAX_AHEAD_MICROS = 1_000_000;

/**
 * Facts that wait: first until they can be decided, then for a cluster update, at most until their deadline. Facts that
 * are tried at the same time are tried in order of arrival.
 */
export class PendingFacts<T> {
  /** True: the fact is decided, which it must be when `isLast`. */
  readonly #decide: (fact: T, isLast: boolean) => boolean;
  /** Not tried yet. */
  readonly #arriving = new ArrivalQueue<T>();
  /** In order of the last try. Facts decided at their deadline stay, and are skipped. */
  readonly #tried = new Ring<PendingFact<T>>();
  /** The same facts by deadline, without decided ones. */
  readonly #deadlines = new DeadlineQueue<PendingFact<T>>();
  #arrivals = 0;
  #version = -1;
  #retries = MAX_RETRIES;
  #nowMicros = Number.NEGATIVE_INFINITY;
  /** Facts decided early because the table was full. */
  evicted = 0;

  constructor(decide: (fact: T, isLast: boolean) => boolean) {
    this.#decide = decide;
  }

  get size(): number {
    return this.#arriving.size + this.#deadlines.size;
  }

  add(fact: T, readyMicros: number, deadlineMicros: number): void {
    const latestMicros = this.#nowMicros + MAX_AHEAD_MICROS;
    // Before the first time, every fact is later.
    const isAhead = readyMicros > latestMicros && latestMicros !== Number.NEGATIVE_INFINITY;
    this.#arriving.push(fact, isAhead ? latestMicros : readyMicros, deadlineMicros);
    if (this.#arriving.size <= MAX_PENDING) return;
    this.evicted++;
    this.#decide(this.#arriving.shift() as T, true);
  }

  /**
   * Packet time has reached `nowMicros`, cluster updates have been read up to `readMicros`, which deadlines wait for; a new
   * `version` of the cluster index allows retries.
   */
  advance(nowMicros: number, version: number, readMicros = nowMicros): void {
    this.#allowRetries(nowMicros);
    this.#version = version;
    // Tried facts arrived before untried ones.
    if (this.#deadlines.size > 0) this.#retry(readMicros);
    for (let fact = this.#arriving.shift(nowMicros); fact !== undefined; fact = this.#arriving.shift(nowMicros)) {
      const deadlineMicros = this.#arriving.takenDeadlineMicros;
      const isLast = deadlineMicros <= readMicros;
      if (!this.#decide(fact, isLast) && !isLast) this.#hold(fact, deadlineMicros);
    }
    for (const fact of this.#arriving.takeDue(readMicros)) this.#decide(fact, true);
  }

  /** Decides all. Packet time may go on from any time: a clock that is set back ends what came before. */
  finish(): void {
    this.advance(Number.POSITIVE_INFINITY, this.#version);
    this.#nowMicros = Number.NEGATIVE_INFINITY;
  }

  #allowRetries(nowMicros: number): void {
    const passedMicros = nowMicros - this.#nowMicros;
    if (!(passedMicros > 0)) return;
    this.#nowMicros = nowMicros;
    this.#retries = Math.min(MAX_RETRIES, this.#retries + (passedMicros * MAX_RETRIES) / RETRY_MICROS);
  }

  #retry(readMicros: number): void {
    const turn = [...this.#takeDue(readMicros), ...this.#takeRetried()].sort((a, b) => a.arrival - b.arrival);
    for (const pending of turn) {
      const isLast = pending.deadlineMicros <= readMicros;
      if (this.#decide(pending.fact, isLast) || isLast) this.#leave(pending);
      else this.#wait(pending);
    }
    while (this.#tried.first?.isDecided) this.#tried.shift();
  }

  /** Removes the facts with a passed deadline. */
  #takeDue(readMicros: number): PendingFact<T>[] {
    const due: PendingFact<T>[] = [];
    for (let pending = this.#deadlines.first; pending !== undefined; pending = this.#deadlines.first) {
      if (pending.deadlineMicros > readMicros) break;
      this.#leave(pending);
      due.push(pending);
    }
    return due;
  }

  /** Removes the facts that were not tried with this version, within the budget of retries. */
  #takeRetried(): PendingFact<T>[] {
    const retried: PendingFact<T>[] = [];
    for (let pending = this.#tried.first; pending !== undefined; pending = this.#tried.first) {
      // All facts behind it were tried later.
      if (!pending.isDecided && (pending.triedVersion === this.#version || this.#retries < 1)) break;
      this.#tried.shift();
      if (pending.isDecided) continue;
      this.#retries--;
      retried.push(pending);
    }
    return retried;
  }

  #leave(pending: PendingFact<T>): void {
    pending.isDecided = true;
    this.#deadlines.remove(pending);
  }

  #hold(fact: T, deadlineMicros: number): void {
    const arrival = this.#arrivals++;
    const pending = { fact, deadlineMicros, arrival, triedVersion: -1, isDecided: false, place: NOT_QUEUED };
    this.#deadlines.add(pending);
    this.#wait(pending);
  }

  #wait(pending: PendingFact<T>): void {
    pending.triedVersion = this.#version;
    this.#tried.push(pending);
    if (this.#tried.size <= MAX_PENDING) return;
    const oldest = this.#tried.shift();
    if (oldest === undefined || oldest.isDecided) return;
    this.evicted++;
    this.#leave(oldest);
    this.#decide(oldest.fact, true);
  }
}
