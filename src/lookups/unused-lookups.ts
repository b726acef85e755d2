import { RecycledRing } from "../bounded/recycled-ring.ts";
import type { Lookup } from "../model/lookup.ts";
import { CONNECTION_AFTER_LOOKUP_MICROS, FIRST_FACT_MICROS } from "../model/waiting-times.ts";
import type { AskedName } from "./asked-names.ts";
import { RetainedLookup } from "./retained-lookup.ts";
import { type TypeSet, typeSet } from "./search-attempt.ts";

/** A name that was resolved and that no connection followed. */
export interface UnusedLookup {
  readonly type: "resolved";
  /** To be read at once. */
  readonly lookup: RetainedLookup;
  /** The question, case-folded. */
  readonly name: string;
}

/** A name that was resolved, and waits for a connection to follow. Used again for another one after it is decided. */
export class Resolution {
  readonly lookup = new RetainedLookup();
  asked: AskedName | null = null;
  /** Which of A and AAAA have been answered. */
  types: TypeSet = 0;
  /** The earliest SYN that used it; +∞ while there is none. */
  usedMicros = Number.POSITIVE_INFINITY;
  /** The one before and the one after it of the same name, while they wait too. */
  older: Resolution | null = null;
  newer: Resolution | null = null;
}

const MAX_PENDING = 65_536;
/** A and AAAA of one `getaddrinfo` are asked together. */
export const SAME_ASKING_MICROS = 2_000_000;
/** Some resolvers (musl) ask several servers the same at once, and each answers. */
const SEVERAL_RESOLVERS_MICROS = 100_000;

/** The connection's first fact may come after its time is over. */
const UNUSED_MICROS = CONNECTION_AFTER_LOOKUP_MICROS + FIRST_FACT_MICROS;

/** Names that were resolved: each waits for a connection of its client to what it resolved to. */
export class UnusedLookups {
  readonly #emit: (unused: UnusedLookup) => void;
  readonly #resolutions = new RecycledRing(() => new Resolution());
  /** Resolutions decided early for want of room. */
  evicted = 0;

  constructor(emit: (unused: UnusedLookup) => void) {
    this.#emit = emit;
  }

  add(asked: AskedName, lookup: Lookup): void {
    const types = typeSet(lookup.type);
    const newest = asked.resolution;
    if (newest !== null && isSameAsking(newest, lookup.queryMicros, types)) {
      newest.types |= types;
      return;
    }
    const resolution = this.#resolutions.add();
    resolution.lookup.set(lookup);
    resolution.asked = asked;
    resolution.types = types;
    resolution.usedMicros = Number.POSITIVE_INFINITY;
    resolution.older = newest;
    resolution.newer = null;
    if (newest !== null) newest.newer = resolution;
    asked.resolution = resolution;
    if (this.#resolutions.size <= MAX_PENDING) return;
    this.evicted++;
    this.#decideFirst();
  }

  /**
   * The client has connected to what the name resolved to. That uses every resolution of the time before: a program that
   * lost one of two answers has asked again for both (glibc after 5 s), and connects once.
   */
  connected(asked: AskedName, synMicros: number): void {
    for (let resolution = asked.resolution; resolution !== null; resolution = resolution.older) {
      const { decidedMicros } = resolution.lookup;
      if (decidedMicros > synMicros || decidedMicros + CONNECTION_AFTER_LOOKUP_MICROS < synMicros) continue;
      // What an earlier SYN used, it used with all that this one could use before.
      if (resolution.usedMicros <= synMicros) return;
      resolution.usedMicros = synMicros;
    }
  }

  advance(nowMicros: number): void {
    for (let next = this.#resolutions.first; next !== undefined; next = this.#resolutions.first) {
      if (next.lookup.decidedMicros + UNUSED_MICROS > nowMicros) return;
      this.#decideFirst();
    }
  }

  #decideFirst(): void {
    const resolution = this.#resolutions.first;
    if (resolution === undefined) return;
    const { asked, newer, lookup, usedMicros } = resolution;
    // The oldest of all is the oldest of its name.
    if (newer !== null) newer.older = null;
    else if (asked !== null) asked.resolution = null;
    if (usedMicros === Number.POSITIVE_INFINITY && asked !== null)
      this.#emit({ type: "resolved", lookup, name: asked.name });
    this.#resolutions.shift();
  }
}

function isSameAsking({ lookup, types }: Resolution, queryMicros: number, asked: TypeSet): boolean {
  const apartMicros = (types & asked) !== 0 ? SEVERAL_RESOLVERS_MICROS : SAME_ASKING_MICROS;
  return Math.abs(queryMicros - lookup.queryMicros) <= apartMicros;
}
