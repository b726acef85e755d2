import type { CacheEntry } from "../bounded/partitioned-cache.ts";
import { DECIDED_MICROS, FIRST_FACT_MICROS, NAME_MEMORY_MICROS } from "../model/waiting-times.ts";
import type { QueriedName } from "./queried-names.ts";

/** A name that a client resolved to an address. */
export interface ResolvedName {
  readonly answerMicros: number;
  /** The question, case-folded. */
  readonly name: string;
  readonly chain: readonly string[];
  /** Where it was found. */
  readonly source?: SharedName;
}

/**
 * Weight of a name, plus as much for each TEXT_CHARACTERS of it and its chain. Weights are integers: V8 compiles the code of
 * a table again when a sum of it gets its first fraction.
 */
export const NAME_WEIGHT = 16;
const TEXT_CHARACTERS = 256;
/** An answer that repeats one of the last MAX_TURN answers stores only its time. */
const REPEATED_WEIGHT = 1;
/** Number of latest answers in which a repeated name is found: clients query several names of one address in turn. */
const MAX_TURN = 4;
/** Number of answers of an address from which trimming begins. */
const FIRST_TRIM = 4;
/** So many answers of one address take 1 kB. */
const MANY = 64;
/** Answers kept that are too old for first facts, and the interval in which one of equal ones is kept. */
const MAX_OLD = 64;
const OLD_RUN_MICROS = 30_000_000;

/** Maximum from the first SYN of an attempt to its last fact. */
const LAST_FACT_MICROS = DECIDED_MICROS + FIRST_FACT_MICROS;

/** A name with its CNAME chain, shared by all addresses and answers of one client that have it. */
export class SharedName {
  readonly name: string;
  readonly chain: readonly string[];
  readonly weight: number;
  /** The record of the client's queries for it, so that a connection needs no look-up; null: not known. */
  queried: QueriedName | null = null;

  constructor(name: string, chain: readonly string[]) {
    this.name = name;
    this.chain = chain;
    let characters = name.length;
    for (let i = 0; i < chain.length; i++) characters += chain[i]?.length ?? 0;
    this.weight = NAME_WEIGHT * (1 + Math.floor(characters / TEXT_CHARACTERS));
  }

  is(name: string, chain: readonly string[]): boolean {
    if (this.name !== name || this.chain.length !== chain.length) return false;
    if (this.chain === chain) return true;
    return chain.every((each, i) => this.chain[i] === each);
  }
}

/**
 * The answers that gave one client one address, in order of time. All answers are kept that the first fact of a
 * connection may still need; of older ones only some, where the name changed.
 */
export class AddressNames implements CacheEntry {
  generation = 0;
  weight: number;
  /** Whether its owner trims it when the client is silent. */
  isBusy = false;
  readonly #micros: number[];
  readonly #names: SharedName[];
  #trimAt = FIRST_TRIM;

  constructor(answerMicros: number, name: SharedName) {
    this.#micros = [answerMicros];
    this.#names = [name];
    this.weight = name.weight;
  }

  get hasMany(): boolean {
    return this.#micros.length > MANY;
  }

  /** Whether no first fact can need all answers any more. */
  isSilent(nowMicros: number): boolean {
    return Math.abs(nowMicros - (this.#micros.at(-1) as number)) > FIRST_FACT_MICROS;
  }

  /** The same name among the latest ones; null: not there. */
  findSame(name: string, chain: readonly string[]): SharedName | null {
    const names = this.#names;
    const { length } = names;
    for (let i = length - 1; i >= 0 && i >= length - MAX_TURN; i--) {
      const shared = names[i] as SharedName;
      if (shared.is(name, chain)) return shared;
    }
    return null;
  }

  /** Adds an answer; returns the number of answers evicted early to stay below `maxWeight`. */
  add(answerMicros: number, name: SharedName, maxWeight: number): number {
    const micros = this.#micros;
    let at = micros.length;
    while (at > 0 && (micros[at - 1] as number) > answerMicros) at--;
    if (at === micros.length) {
      micros.push(answerMicros);
      this.#names.push(name);
    } else {
      micros.splice(at, 0, answerMicros);
      this.#names.splice(at, 0, name);
    }
    this.weight += this.#weightAt(at);
    if (micros.length >= this.#trimAt) this.trim(answerMicros);
    if (this.weight <= maxWeight) return 0;
    this.trim(answerMicros);
    // Evict down to 3/4, so that the next answers need no eviction.
    return this.weight <= (maxWeight * 7) / 8 ? 0 : this.#dropOldest(answerMicros, (maxWeight * 3) / 4);
  }

  /** The last answer at that time, unless it is too old. */
  find(timeMicros: number): ResolvedName | null {
    const at = this.#lastBy(timeMicros);
    const answerMicros = this.#micros[at];
    if (answerMicros === undefined || timeMicros - answerMicros > NAME_MEMORY_MICROS) return null;
    const source = this.#names[at] as SharedName;
    return { answerMicros, name: source.name, chain: source.chain, source };
  }

  /** Forgets answers that no fact, or hardly any fact, can still need at `nowMicros`. */
  trim(nowMicros: number): void {
    const micros = this.#micros;
    const names = this.#names;
    const first = Math.max(0, this.#lastBy(nowMicros - LAST_FACT_MICROS));
    const whole = this.#lastBy(nowMicros - FIRST_FACT_MICROS);
    let kept = 0;
    let old = 0;
    for (let i = first; i < micros.length; i++) {
      // In a run of equal names, one answer per interval.
      const isBetween = i > first && i < whole && names[i] === names[kept - 1] && names[i] === names[i + 1];
      if (isBetween && (micros[i + 1] as number) - (micros[kept - 1] as number) < OLD_RUN_MICROS) continue;
      if (i < whole) old++;
      micros[kept] = micros[i] as number;
      names[kept++] = names[i] as SharedName;
    }
    micros.length = kept;
    names.length = kept;
    if (old > MAX_OLD) {
      micros.splice(0, old - MAX_OLD);
      names.splice(0, old - MAX_OLD);
    }
    this.#trimAt = Math.max(FIRST_TRIM, 2 * micros.length);
    this.#weigh();
  }

  /** Index of the last answer at that time; -1: none. */
  #lastBy(timeMicros: number): number {
    const micros = this.#micros;
    let low = 0;
    let high = micros.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((micros[middle] as number) <= timeMicros) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** Evicts the oldest answers down to that weight; returns the number of those that a fact may still need. */
  #dropOldest(nowMicros: number, leastWeight: number): number {
    const whole = Math.max(0, this.#lastBy(nowMicros - FIRST_FACT_MICROS));
    let count = 0;
    let { weight } = this;
    while (weight > leastWeight && count < this.#micros.length - 1) weight -= this.#weightAt(count++);
    this.#micros.splice(0, count);
    this.#names.splice(0, count);
    this.#weigh();
    return Math.max(0, count - whole);
  }

  #weigh(): void {
    this.weight = 0;
    for (let i = 0; i < this.#names.length; i++) this.weight += this.#weightAt(i);
  }

  #weightAt(at: number): number {
    const names = this.#names;
    const name = names[at] as SharedName;
    for (let i = at - 1; i >= 0 && i >= at - MAX_TURN; i--) if (names[i] === name) return REPEATED_WEIGHT;
    return name.weight;
  }
}
