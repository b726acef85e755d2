import { DeadlineQueue, NOT_QUEUED, type Queued } from "../bounded/deadline-queue.ts";
import { FifoQueue } from "../bounded/fifo-queue.ts";
import { Arrivals } from "./arrivals.ts";

/** A fact that was tried, and waits for news. */
interface PendingFact<T> extends Queued {
  readonly fact: T;
  /** Place in the order of arrival. */
  readonly arrival: number;
  /** The news that it has been tried with. */
  triedVersion: number;
  isDecided: boolean;
}

const MAX_WAITING = 65_536;

/**
 * Tries with news, at most, in each RETRY_MICROS of packet time: as many facts wait as a sender likes, and news comes
 * twenty times a second. Whom the tries do not reach has its turn later, and at its deadline in any case.
 */
const MAX_RETRIES = 1_024;
const RETRY_MICROS = 100_000;

/**
 * Facts that wait: each first for the moment from which it may be decided, then for news, no longer than to its
 * deadline. Whoever is tried at one time is tried in the order of arrival.
 */
export class PendingFacts<T> {
  /** True when the fact is dealt with; must be so when `isLast`. */
  readonly #decide: (fact: T, isLast: boolean) => boolean;
  /** Not tried yet. */
  readonly #arriving = new Arrivals<T>();
  /** Who was tried longest ago comes first. Those decided at their deadline stay to be skipped. */
  readonly #waiting = new FifoQueue<PendingFact<T>>();
  /** The same, without those who are decided. */
  readonly #deadlines = new DeadlineQueue<PendingFact<T>>();
  #arrivals = 0;
  #version = -1;
  #retries = MAX_RETRIES;
  #nowMicros = Number.NEGATIVE_INFINITY;
  /** Facts decided early for want of room. */
  evicted = 0;

  constructor(decide: (fact: T, isLast: boolean) => boolean) {
    this.#decide = decide;
  }

  get size(): number {
    return this.#arriving.size + this.#deadlines.size;
  }

  add(fact: T, readyMicros: number, deadlineMicros: number): void {
    this.#arriving.push(fact, readyMicros, deadlineMicros);
    if (this.#arriving.size <= MAX_WAITING) return;
    this.evicted++;
    this.#decide(this.#arriving.shift() as T, true);
  }

  /** Time has come to `nowMicros`; a new `version` says that there is news. */
  advance(nowMicros: number, version: number): void {
    this.#allowRetries(nowMicros);
    this.#version = version;
    // Whoever waits came before whoever arrives.
    if (this.#deadlines.size > 0) this.#tryWaiting(nowMicros);
    for (let fact = this.#arriving.shift(nowMicros); fact !== undefined; fact = this.#arriving.shift(nowMicros)) {
      const deadlineMicros = this.#arriving.takenDeadlineMicros;
      const isLast = deadlineMicros <= nowMicros;
      if (!this.#decide(fact, isLast) && !isLast) this.#hold(fact, deadlineMicros);
    }
    for (const fact of this.#arriving.takeDue(nowMicros)) this.#decide(fact, true);
  }

  finish(): void {
    this.advance(Number.POSITIVE_INFINITY, this.#version);
  }

  #allowRetries(nowMicros: number): void {
    const passedMicros = nowMicros - this.#nowMicros;
    if (!(passedMicros > 0)) return;
    this.#nowMicros = nowMicros;
    this.#retries = Math.min(MAX_RETRIES, this.#retries + (passedMicros * MAX_RETRIES) / RETRY_MICROS);
  }

  #tryWaiting(nowMicros: number): void {
    const turn = [...this.#due(nowMicros), ...this.#retried()].sort((a, b) => a.arrival - b.arrival);
    for (const pending of turn) {
      const isLast = pending.deadlineMicros <= nowMicros;
      if (this.#decide(pending.fact, isLast) || isLast) this.#leave(pending);
      else this.#wait(pending);
    }
    while (this.#waiting.first?.isDecided) this.#waiting.shift();
  }

  /** Takes those whose time is over. */
  #due(nowMicros: number): PendingFact<T>[] {
    const due: PendingFact<T>[] = [];
    for (let pending = this.#deadlines.first; pending !== undefined; pending = this.#deadlines.first) {
      if (pending.deadlineMicros > nowMicros) break;
      this.#leave(pending);
      due.push(pending);
    }
    return due;
  }

  /** Takes those who have not been tried with the news, as far as tries go. */
  #retried(): PendingFact<T>[] {
    const retried: PendingFact<T>[] = [];
    for (let pending = this.#waiting.first; pending !== undefined; pending = this.#waiting.first) {
      // Everyone behind was tried later.
      if (!pending.isDecided && (pending.triedVersion === this.#version || this.#retries < 1)) break;
      this.#waiting.shift();
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
    this.#waiting.push(pending);
    if (this.#waiting.size <= MAX_WAITING) return;
    const oldest = this.#waiting.shift();
    if (oldest === undefined || oldest.isDecided) return;
    this.evicted++;
    this.#leave(oldest);
    this.#decide(oldest.fact, true);
  }
}
