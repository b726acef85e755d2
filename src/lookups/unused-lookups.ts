import type { Lookup } from "../model/lookup.ts";
import { CONNECTION_AFTER_LOOKUP_MICROS, FIRST_FACT_MICROS } from "../model/waiting-times.ts";
import { LookupRing, NO_ROW, OWN_AT, OWN_DOUBLE } from "./lookup-ring.ts";
import { type LookupSummary, typeSet } from "./lookup-summary.ts";
import type { NameTable, NumberedName, NumberedQuery } from "./name-table.ts";

/** A name that was resolved, and to which no connection followed. */
export interface UnusedLookup {
  readonly type: "resolved";
  /** Valid during the call only. */
  readonly lookup: LookupSummary;
  /** The question, case-folded. */
  readonly name: string;
}

/** Time of the earliest SYN that used the lookup; +∞: none. */
const USED_DOUBLE = OWN_DOUBLE;
/** The number of its name. */
const NAME_AT = OWN_AT;
/** Which of A and AAAA were answered. */
const TYPES_AT = OWN_AT + 1;
/** The previous and the next one of the same name that wait too, in order of time. */
const OLDER_AT = OWN_AT + 2;
const NEWER_AT = OWN_AT + 3;

const UNUSED = Number.POSITIVE_INFINITY;

const MAX_PENDING = 65_536;
/**
 * Of one name, which a connection and a failed lookup go through one by one. Two lookups that follow each other are a tenth of
 * a second apart, so no more than 151 wait unless they come out of order.
 */
const MAX_OF_NAME = 1_024;
/** One call of `getaddrinfo` queries A and AAAA together. */
export const SAME_CALL_MICROS = 2_000_000;
/** Some resolvers (musl) send one query to several servers at once, and each server answers. */
const SEVERAL_RESOLVERS_MICROS = 100_000;

/** The first fact of a connection may come after its time has passed. */
const UNUSED_MICROS = CONNECTION_AFTER_LOOKUP_MICROS + FIRST_FACT_MICROS;

/** Resolved names; each waits for a connection of its client to one of its addresses. A lookup is a row of the ring. */
export class UnusedLookups {
  readonly #table: NameTable<NumberedQuery>;
  readonly #emit: (unused: UnusedLookup) => void;
  readonly #ring = new LookupRing();
  /** Lookups decided early because the table was full, and those that were not added because too many of their name wait. */
  evicted = 0;

  constructor(table: NameTable<NumberedQuery>, emit: (unused: UnusedLookup) => void) {
    this.#table = table;
    this.#emit = emit;
  }

  add({ id }: NumberedName, lookup: Lookup): void {
    const types = typeSet(lookup.type);
    const newest = this.#table.resolvedOf(id);
    if (newest !== NO_ROW && this.#isSameCall(newest, lookup.queryMicros, types)) {
      this.#setWord(newest, TYPES_AT, this.#word(newest, TYPES_AT) | types);
      return;
    }
    const count = this.#table.resolvedCount(id);
    if (count >= MAX_OF_NAME) {
      this.evicted++;
      return;
    }
    this.#table.setResolvedCount(id, count + 1);
    const resolved = this.#ring.add(lookup);
    this.#setWord(resolved, NAME_AT, id);
    this.#setWord(resolved, TYPES_AT, types);
    // A lookup whose client was uncertain for a while comes after its connection, and after later lookups.
    const connectedMicros = this.#table.connectedMicros(id);
    this.#setUsed(resolved, this.#canUse(resolved, connectedMicros) ? connectedMicros : UNUSED);
    this.#insert(id, resolved);
    if (this.#ring.size <= MAX_PENDING) return;
    this.evicted++;
    this.#decideFirst();
  }

  /** When the latest resolved lookup of the name that waits was queried; -∞: none. */
  queryMicros({ id }: NumberedName): number {
    const newest = this.#table.resolvedOf(id);
    return newest === NO_ROW ? Number.NEGATIVE_INFINITY : this.#ring.queryMicros(newest);
  }

  /**
   * The client connected to an address of the name. This uses all lookups of the time before: a resolver that lost one
   * of two answers queries both again (glibc after 5 s), and the program connects once.
   */
  connected({ id }: NumberedName, synMicros: number): void {
    if (synMicros > this.#table.connectedMicros(id)) this.#table.setConnected(id, synMicros);
    for (let row = this.#table.resolvedOf(id); row !== NO_ROW; row = this.#word(row, OLDER_AT)) {
      if (!this.#canUse(row, synMicros)) continue;
      // The earlier SYN also used all older lookups that this one could use.
      if (this.#usedMicros(row) <= synMicros) return;
      this.#setUsed(row, synMicros);
    }
  }

  /** The client did not get the answers before this time. Returns whether any of them waited for a connection. */
  discard({ id }: NumberedName, micros: number): boolean {
    let isAny = false;
    for (let row = this.#table.resolvedOf(id); row !== NO_ROW; row = this.#word(row, OLDER_AT)) {
      if (this.#usedMicros(row) !== UNUSED || this.#ring.decidedMicros(row) > micros) continue;
      this.#setUsed(row, micros);
      isAny = true;
    }
    return isAny;
  }

  advance(nowMicros: number): void {
    for (let next = this.#ring.row(0); next !== NO_ROW; next = this.#ring.row(0)) {
      if (this.#ring.decidedMicros(next) + UNUSED_MICROS > nowMicros) return;
      this.#decideFirst();
    }
  }

  #decideFirst(): void {
    const resolved = this.#ring.row(0);
    const id = this.#word(resolved, NAME_AT);
    const older = this.#word(resolved, OLDER_AT);
    const newer = this.#word(resolved, NEWER_AT);
    if (older !== NO_ROW) this.#setWord(older, NEWER_AT, newer);
    if (newer !== NO_ROW) this.#setWord(newer, OLDER_AT, older);
    else this.#table.setResolved(id, older);
    this.#table.setResolvedCount(id, this.#table.resolvedCount(id) - 1);
    if (this.#usedMicros(resolved) === UNUSED) {
      this.#emit({ type: "resolved", lookup: this.#ring.summary(resolved), name: this.#table.get(id).name });
    }
    this.#ring.shift();
  }

  /** Into the lookups of the name. Most are later than all before. */
  #insert(id: number, resolved: number): void {
    const micros = this.#ring.decidedMicros(resolved);
    let older = this.#table.resolvedOf(id);
    let newer = NO_ROW;
    while (older !== NO_ROW && this.#ring.decidedMicros(older) > micros) {
      newer = older;
      older = this.#word(older, OLDER_AT);
    }
    this.#setWord(resolved, OLDER_AT, older);
    this.#setWord(resolved, NEWER_AT, newer);
    if (older !== NO_ROW) this.#setWord(older, NEWER_AT, resolved);
    if (newer !== NO_ROW) this.#setWord(newer, OLDER_AT, resolved);
    else this.#table.setResolved(id, resolved);
  }

  #canUse(row: number, synMicros: number): boolean {
    const decidedMicros = this.#ring.decidedMicros(row);
    return decidedMicros <= synMicros && synMicros <= decidedMicros + CONNECTION_AFTER_LOOKUP_MICROS;
  }

  #isSameCall(row: number, queryMicros: number, queried: number): boolean {
    const apartMicros = (this.#word(row, TYPES_AT) & queried) !== 0 ? SEVERAL_RESOLVERS_MICROS : SAME_CALL_MICROS;
    return Math.abs(queryMicros - this.#ring.queryMicros(row)) <= apartMicros;
  }

  #usedMicros(row: number): number {
    return this.#ring.doubles[(this.#ring.at(row) >> 1) + USED_DOUBLE] as number;
  }

  #setUsed(row: number, micros: number): void {
    this.#ring.doubles[(this.#ring.at(row) >> 1) + USED_DOUBLE] = micros;
  }

  #word(row: number, at: number): number {
    return this.#ring.words[this.#ring.at(row) + at] as number;
  }

  #setWord(row: number, at: number, value: number): void {
    this.#ring.words[this.#ring.at(row) + at] = value;
  }
}
