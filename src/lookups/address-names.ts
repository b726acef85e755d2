import { DECIDED_MICROS, FIRST_FACT_MICROS, NAME_MEMORY_MICROS } from "../model/waiting-times.ts";

/** A name that a client had resolved to an address. */
export interface ResolvedName {
  readonly answerMicros: number;
  /** The question, case-folded. */
  readonly name: string;
  readonly chain: readonly string[];
}

/** A name weighs 1, and 1 more for each TEXT_WEIGHT characters of it and its chain. */
const TEXT_WEIGHT = 256;
/** An answer that says once more what one of the last few said costs its time only. */
const REPEATED_WEIGHT = 1 / 16;
/** Answers back in which a name is looked for: clients ask in turn for as many names of one address. */
const MAX_TURN = 4;
/** Answers of an address from which it is worth the while to forget some. */
const FIRST_TRIM = 4;
/** Answers kept beyond those that first facts ask for; and of one name in a run, one in such a time. */
const MAX_OLD = 64;
const OLD_RUN_MICROS = 30_000_000;

/** No fact of an attempt comes later. */
const LAST_FACT_MICROS = DECIDED_MICROS + FIRST_FACT_MICROS;

/** A name with its chain, shared by the addresses and the answers that say the same. */
export class KeptName {
  readonly name: string;
  readonly chain: readonly string[];
  readonly weight: number;

  constructor(name: string, chain: readonly string[]) {
    this.name = name;
    this.chain = chain;
    let characters = name.length;
    for (let i = 0; i < chain.length; i++) characters += chain[i]?.length ?? 0;
    this.weight = 1 + Math.floor(characters / TEXT_WEIGHT);
  }

  is(name: string, chain: readonly string[]): boolean {
    if (this.name !== name || this.chain.length !== chain.length) return false;
    if (this.chain === chain) return true;
    return chain.every((each, i) => this.chain[i] === each);
  }
}

/**
 * The answers that gave one client one address, in order of time: every one as long as the first fact of a connection
 * made before the next one may be to come. Of older ones a few, those where the name changed.
 */
export class AddressNames {
  /** Its place in the generations of its owner. */
  generation: number;
  weight: number;
  readonly #micros: number[];
  readonly #names: KeptName[];
  #trimAt = FIRST_TRIM;

  constructor(generation: number, answerMicros: number, name: KeptName) {
    this.generation = generation;
    this.#micros = [answerMicros];
    this.#names = [name];
    this.weight = name.weight;
  }

  /** One of the last names, where it is this one. */
  findLike(name: string, chain: readonly string[]): KeptName | null {
    const names = this.#names;
    const { length } = names;
    for (let i = length - 1; i >= 0 && i >= length - MAX_TURN; i--) {
      const kept = names[i] as KeptName;
      if (kept.is(name, chain)) return kept;
    }
    return null;
  }

  /** Adds an answer; returns how many were forgotten early, so as to weigh no more than `maxWeight`. */
  add(answerMicros: number, name: KeptName, maxWeight: number): number {
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
    if (micros.length >= this.#trimAt) this.#trim(answerMicros);
    if (this.weight <= maxWeight) return 0;
    this.#trim(answerMicros);
    // There must be some room again, so that not every answer comes here.
    return this.weight <= (maxWeight * 7) / 8 ? 0 : this.#dropOldest(answerMicros, (maxWeight * 3) / 4);
  }

  /** The last answer by that time, unless it is too old. */
  find(timeMicros: number): ResolvedName | null {
    const at = this.#lastBy(timeMicros);
    const answerMicros = this.#micros[at];
    if (answerMicros === undefined || timeMicros - answerMicros > NAME_MEMORY_MICROS) return null;
    const { name, chain } = this.#names[at] as KeptName;
    return { answerMicros, name, chain };
  }

  /** Position of the last answer by that time; -1 where there is none. */
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

  /** Forgets what no fact asks for any more once answers of `nowMicros` are there, or hardly any fact. */
  #trim(nowMicros: number): void {
    const micros = this.#micros;
    const names = this.#names;
    const first = Math.max(0, this.#lastBy(nowMicros - LAST_FACT_MICROS));
    const whole = this.#lastBy(nowMicros - FIRST_FACT_MICROS);
    let kept = 0;
    let old = 0;
    for (let i = first; i < micros.length; i++) {
      // Of one name in a run, an answer now and then.
      const isBetween = i > first && i < whole && names[i] === names[kept - 1] && names[i] === names[i + 1];
      if (isBetween && (micros[i + 1] as number) - (micros[kept - 1] as number) < OLD_RUN_MICROS) continue;
      if (i < whole) old++;
      micros[kept] = micros[i] as number;
      names[kept++] = names[i] as KeptName;
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

  /** Forgets the oldest answers down to that weight; returns how many of these a fact may still ask for. */
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
    const name = names[at] as KeptName;
    for (let i = at - 1; i >= 0 && i >= at - MAX_TURN; i--) if (names[i] === name) return REPEATED_WEIGHT;
    return name.weight;
  }
}
