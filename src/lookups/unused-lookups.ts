import { RecycledRing } from "../bounded/recycled-ring.ts";
import type { Lookup } from "../model/lookup.ts";
import { CONNECTION_AFTER_LOOKUP_MICROS, FIRST_FACT_MICROS } from "../model/waiting-times.ts";
import type { CaptureGaps } from "./capture-gaps.ts";
import { isBegunBefore, LookupSummary, SAME_CALL_MICROS, type TypeSet, typeSet } from "./lookup-summary.ts";

/** A name that was resolved, and to which no connection followed. */
export interface UnusedLookup {
  readonly type: "resolved";
  /** Valid during the call only. */
  readonly lookup: LookupSummary;
  /** The question, case-folded. */
  readonly name: string;
}

/** The record of a name that is resolved. */
interface ResolvedQuery {
  readonly name: string;
  /** The latest of its resolved lookups that wait for a connection, and how many wait. */
  resolved: ResolvedLookup | null;
  resolvedCount: number;
  /** Time of the latest SYN that used the name; -∞: none. */
  connectedMicros: number;
  /** Time of the latest answer to a question of the time before the capture; -∞: none. */
  readonly begunBeforeMicros: number;
}

/** A name that was resolved and waits for a connection. Objects are reused after they are decided. */
export class ResolvedLookup {
  readonly lookup = new LookupSummary();
  query: ResolvedQuery | null = null;
  /** Which of A and AAAA were answered. */
  types: TypeSet = 0;
  /** Time of the earliest SYN that used it; +∞: none. */
  usedMicros = Number.POSITIVE_INFINITY;
  /** The previous and the next one of the same name that wait too, in order of time. */
  older: ResolvedLookup | null = null;
  newer: ResolvedLookup | null = null;
}

const MAX_PENDING = 65_536;
/**
 * Of one name, which a connection and a failed lookup go through one by one. Two lookups that follow each other are a tenth of
 * a second apart, so no more than 151 wait unless they come out of order.
 */
const MAX_OF_NAME = 1_024;
/** Some resolvers (musl) send one query to several servers at once, and each server answers. */
const SEVERAL_RESOLVERS_MICROS = 100_000;

/** The first fact of a connection may come after its time has passed. */
const UNUSED_MICROS = CONNECTION_AFTER_LOOKUP_MICROS + FIRST_FACT_MICROS;

/** Resolved names; each waits for a connection of its client to one of its addresses. */
export class UnusedLookups {
  readonly #gaps: CaptureGaps;
  readonly #emit: (unused: UnusedLookup) => void;
  readonly #pending = new RecycledRing(() => new ResolvedLookup());
  /** Lookups decided early because the table was full, and those that were not added because too many of their name wait. */
  evicted = 0;
  /** Lookups whose clients may have connected where packets are missing. */
  undecided = 0;

  constructor(gaps: CaptureGaps, emit: (unused: UnusedLookup) => void) {
    this.#gaps = gaps;
    this.#emit = emit;
  }

  add(query: ResolvedQuery, lookup: Lookup): void {
    const types = typeSet(lookup.type);
    const newest = query.resolved;
    if (newest !== null && isSameCall(newest, lookup.queryMicros, types)) {
      newest.types |= types;
      return;
    }
    if (query.resolvedCount >= MAX_OF_NAME) {
      this.evicted++;
      return;
    }
    query.resolvedCount++;
    const resolved = this.#pending.add();
    resolved.lookup.set(lookup);
    resolved.query = query;
    resolved.types = types;
    // A lookup whose client was uncertain for a while comes after its connection, and after later lookups.
    const { connectedMicros } = query;
    const isUsed = canUse(resolved, connectedMicros);
    resolved.usedMicros = isUsed ? connectedMicros : Number.POSITIVE_INFINITY;
    insert(query, resolved);
    if (this.#pending.size <= MAX_PENDING) return;
    this.evicted++;
    this.#decideFirst();
  }

  /**
   * The client connected to an address of the name. This uses all lookups of the time before: a resolver that lost one
   * of two answers queries both again (glibc after 5 s), and the program connects once.
   */
  connected(query: ResolvedQuery, synMicros: number): void {
    query.connectedMicros = Math.max(query.connectedMicros, synMicros);
    for (let resolved = query.resolved; resolved !== null; resolved = resolved.older) {
      if (!canUse(resolved, synMicros)) continue;
      // The earlier SYN also used all older lookups that this one could use.
      if (resolved.usedMicros <= synMicros) return;
      resolved.usedMicros = synMicros;
    }
  }

  /** The client did not get the answers before this time. Returns whether any of them waited for a connection. */
  discard(query: ResolvedQuery, micros: number): boolean {
    let isAny = false;
    for (let resolved = query.resolved; resolved !== null; resolved = resolved.older) {
      if (resolved.usedMicros !== Number.POSITIVE_INFINITY || resolved.lookup.decidedMicros > micros) continue;
      resolved.usedMicros = micros;
      isAny = true;
    }
    return isAny;
  }

  advance(nowMicros: number): void {
    for (let next = this.#pending.first; next !== undefined; next = this.#pending.first) {
      if (next.lookup.decidedMicros + UNUSED_MICROS > nowMicros) return;
      this.#decideFirst();
    }
  }

  /** After the last fact. */
  finish(): void {
    while (this.#pending.size > 0) this.#decideFirst();
  }

  #decideFirst(): void {
    const resolved = this.#pending.first;
    if (resolved === undefined) return;
    const { query, lookup, usedMicros } = resolved;
    if (usedMicros === Number.POSITIVE_INFINITY && query !== null) {
      if (this.#gaps.cutShort(lookup.decidedMicros) || isBegunBefore(query, lookup)) this.undecided++;
      else this.#emit({ type: "resolved", lookup, name: query.name });
    }
    this.#forgetFirst();
  }

  #forgetFirst(): void {
    const resolved = this.#pending.first;
    if (resolved === undefined) return;
    const { query, older, newer } = resolved;
    if (older !== null) older.newer = newer;
    if (newer !== null) newer.older = older;
    else if (query !== null) query.resolved = older;
    if (query !== null) query.resolvedCount--;
    // Nothing that is kept for reuse refers to a client, which may be gone by then.
    resolved.query = null;
    resolved.older = null;
    resolved.newer = null;
    this.#pending.shift();
  }
}

function canUse({ lookup: { decidedMicros } }: ResolvedLookup, synMicros: number): boolean {
  return decidedMicros <= synMicros && synMicros <= decidedMicros + CONNECTION_AFTER_LOOKUP_MICROS;
}

/** Into the lookups of the name. Most are later than all before. */
function insert(query: ResolvedQuery, resolved: ResolvedLookup): void {
  let older = query.resolved;
  let newer: ResolvedLookup | null = null;
  while (older !== null && older.lookup.decidedMicros > resolved.lookup.decidedMicros) {
    newer = older;
    older = older.older;
  }
  resolved.older = older;
  resolved.newer = newer;
  if (older !== null) older.newer = resolved;
  if (newer !== null) newer.older = resolved;
  else query.resolved = resolved;
}

function isSameCall({ lookup, types }: ResolvedLookup, queryMicros: number, queried: TypeSet): boolean {
  const apartMicros = (types & queried) !== 0 ? SEVERAL_RESOLVERS_MICROS : SAME_CALL_MICROS;
  return Math.abs(queryMicros - lookup.queryMicros) <= apartMicros;
}
