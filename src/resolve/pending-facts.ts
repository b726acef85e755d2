import { DeadlineQueue, NOT_QUEUED, type Queued } from "../bounded/deadline-queue.ts";
import { FifoQueue } from "../bounded/fifo-queue.ts";
import { Arrivals } from "./arrivals.ts";

/** A fact that was tried, and waits for news. */
interface Guest<T> extends Queued {
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
export class WaitingRoom<T> {
  /** True when the fact is dealt with; must be so when `isLast`. */
  readonly #decide: (fact: T, isLast: boolean) => boolean;
  /** Not tried yet. */
  readonly #arriving = new Arrivals<T>();
  /** Who was tried longest ago comes first. Those decided at their deadline stay to be skipped. */
  readonly #waiting = new FifoQueue<Guest<T>>();
  /** The same, without those who are decided. */
  readonly #deadlines = new DeadlineQueue<Guest<T>>();
  #seated = 0;
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
      if (!this.#decide(fact, isLast) && !isLast) this.#seat(fact, deadlineMicros);
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
    for (const guest of turn) {
      const isLast = guest.deadlineMicros <= nowMicros;
      if (this.#decide(guest.fact, isLast) || isLast) this.#leave(guest);
      else this.#wait(guest);
    }
    while (this.#waiting.first?.isDecided) this.#waiting.shift();
  }

  /** Takes those whose time is over. */
  #due(nowMicros: number): Guest<T>[] {
    const due: Guest<T>[] = [];
    for (let guest = this.#deadlines.first; guest !== undefined; guest = this.#deadlines.first) {
      if (guest.deadlineMicros > nowMicros) break;
      this.#leave(guest);
      due.push(guest);
    }
    return due;
  }

  /** Takes those who have not been tried with the news, as far as tries go. */
  #retried(): Guest<T>[] {
    const retried: Guest<T>[] = [];
    for (let guest = this.#waiting.first; guest !== undefined; guest = this.#waiting.first) {
      // Everyone behind was tried later.
      if (!guest.isDecided && (guest.triedVersion === this.#version || this.#retries < 1)) break;
      this.#waiting.shift();
      if (guest.isDecided) continue;
      this.#retries--;
      retried.push(guest);
    }
    return retried;
  }

  #leave(guest: Guest<T>): void {
    guest.isDecided = true;
    this.#deadlines.remove(guest);
  }

  #seat(fact: T, deadlineMicros: number): void {
    const arrival = this.#seated++;
    const guest = { fact, deadlineMicros, arrival, triedVersion: -1, isDecided: false, place: NOT_QUEUED };
    this.#deadlines.add(guest);
    this.#wait(guest);
  }

  #wait(guest: Guest<T>): void {
    guest.triedVersion = this.#version;
    this.#waiting.push(guest);
    if (this.#waiting.size <= MAX_WAITING) return;
    const oldest = this.#waiting.shift();
    if (oldest === undefined || oldest.isDecided) return;
    this.evicted++;
    this.#leave(oldest);
    this.#decide(oldest.fact, true);
  }
}
