import { DeadlineQueue, NOT_QUEUED, type Queued } from "../bounded/deadline-queue.ts";
import { FifoQueue } from "../bounded/fifo-queue.ts";

interface Guest<T> extends Queued {
  readonly fact: T;
  readonly readyMicros: number;
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
  /** Not ready yet, in order of arrival. */
  readonly #arriving = new FifoQueue<Guest<T>>();
  /** Tried, and waiting for news: who was tried longest ago comes first. Those decided at their deadline stay to be skipped. */
  readonly #waiting = new FifoQueue<Guest<T>>();
  /** All who are not decided. */
  readonly #deadlines = new DeadlineQueue<Guest<T>>();
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
    return this.#deadlines.size;
  }

  add(fact: T, readyMicros: number, deadlineMicros: number): void {
    const arrival = this.#arrivals++;
    const guest = { fact, readyMicros, deadlineMicros, arrival, triedVersion: -1, isDecided: false, place: NOT_QUEUED };
    this.#deadlines.add(guest);
    this.#arriving.push(guest);
    if (this.#arriving.size > MAX_WAITING) this.#evictOldest(this.#arriving);
  }

  /** Time has come to `nowMicros`; a new `version` says that there is news. */
  advance(nowMicros: number, version: number): void {
    this.#allowRetries(nowMicros);
    this.#version = version;
    const turn = [...this.#due(nowMicros), ...this.#retried(), ...this.#ready(nowMicros)];
    turn.sort((a, b) => a.arrival - b.arrival);
    for (const guest of turn) {
      const isLast = guest.deadlineMicros <= nowMicros;
      if (this.#decide(guest.fact, isLast) || isLast) this.#leave(guest);
      else this.#wait(guest);
    }
    skipDecided(this.#arriving);
    skipDecided(this.#waiting);
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

  /** Takes those whose time is over, ready or not, wherever they stand. */
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

  #ready(nowMicros: number): Guest<T>[] {
    const ready: Guest<T>[] = [];
    for (let guest = this.#arriving.first; guest !== undefined; guest = this.#arriving.first) {
      if (!guest.isDecided && guest.readyMicros > nowMicros) break;
      this.#arriving.shift();
      if (!guest.isDecided) ready.push(guest);
    }
    return ready;
  }

  #leave(guest: Guest<T>): void {
    guest.isDecided = true;
    this.#deadlines.remove(guest);
  }

  #wait(guest: Guest<T>): void {
    guest.triedVersion = this.#version;
    this.#waiting.push(guest);
    if (this.#waiting.size > MAX_WAITING) this.#evictOldest(this.#waiting);
  }

  #evictOldest(queue: FifoQueue<Guest<T>>): void {
    const guest = queue.shift();
    if (guest === undefined || guest.isDecided) return;
    this.evicted++;
    this.#leave(guest);
    this.#decide(guest.fact, true);
  }
}

function skipDecided<T>(queue: FifoQueue<Guest<T>>): void {
  while (queue.first?.isDecided) queue.shift();
}
