import { NO_ROW } from "./lookup-ring.ts";

/** Maximum of candidates of one query, the name itself included. */
export const MAX_CANDIDATES = 4;

/** Names by which the table grows. It is bounded, so that doubling would save few copies, and waste up to half of it. */
const GROWTH = 4_096;
const NO_NAME = -1;
const NEVER = Number.NEGATIVE_INFINITY;

/** What a name has as a candidate: 16 bytes, so that the candidates of a query are in one or two cache lines. */
const NAME_WORDS = 4;
const NAME_DOUBLES = NAME_WORDS / 2;
const ANSWERED_DOUBLE = 0;
const SEARCH_AT = 2;
const RESOLVED_AT = 3;

/** What it has more when it is queried: 32 bytes. */
const QUERY_WORDS = 8;
const QUERY_DOUBLES = QUERY_WORDS / 2;
const CANDIDATES_AT = 0;
const CONNECTED_DOUBLE = 2;
/** How many of its resolved lookups wait. */
const RESOLVED_COUNT_AT = 6;

/** A name of one client. */
export interface NumberedName {
  /** Case-folded. */
  readonly name: string;
  /** In the `NameTable`. */
  readonly id: number;
}

/** A name that is queried. */
export interface NumberedQuery extends NumberedName {
  /** Names that the program may have looked up, given that its resolver queries this one; the shortest last. */
  readonly candidates: readonly NumberedName[];
}

/**
 * What lookups need of the names that clients queried, and of those that their programs may have looked up, by a number
 * for each. In typed arrays, since a query concerns up to four names, and most of them are never queried themselves.
 * Searches and resolved lookups are rows of their owners' rings.
 */
export class NameTable<Query extends NumberedQuery> {
  #doubles = new Float64Array(GROWTH * NAME_DOUBLES);
  #words = new Int32Array(this.#doubles.buffer);
  #queryDoubles = new Float64Array(GROWTH * QUERY_DOUBLES);
  /** The numbers of the candidates of each name that is queried; after them NO_NAME. */
  #queryWords = new Int32Array(this.#queryDoubles.buffer);
  readonly #queries: (Query | null)[] = [];
  readonly #free: number[] = [];

  /** A number for a name that was never answered nor used, and has no candidates, no search and no resolved lookup. */
  take(): number {
    const id = this.#free.pop() ?? this.#queries.push(null) - 1;
    if (id * NAME_WORDS === this.#words.length) this.#grow();
    this.#doubles[id * NAME_DOUBLES + ANSWERED_DOUBLE] = NEVER;
    this.#words[id * NAME_WORDS + SEARCH_AT] = NO_ROW;
    this.#words[id * NAME_WORDS + RESOLVED_AT] = NO_ROW;
    this.#queryDoubles[id * QUERY_DOUBLES + CONNECTED_DOUBLE] = NEVER;
    this.#queryWords[id * QUERY_WORDS + CANDIDATES_AT] = NO_NAME;
    this.#queryWords[id * QUERY_WORDS + RESOLVED_COUNT_AT] = 0;
    return id;
  }

  /** The name is queried, or has other candidates than before. */
  setQuery(query: Query): void {
    const { id, candidates } = query;
    const first = id * QUERY_WORDS + CANDIDATES_AT;
    for (let i = 0; i < MAX_CANDIDATES; i++) this.#queryWords[first + i] = candidates[i]?.id ?? NO_NAME;
    this.#queries[id] = query;
  }

  /** A name that is queried. */
  get(id: number): Query {
    return this.#queries[id] as Query;
  }

  /** The name has no search and no resolved lookup, and is no candidate any more. */
  release(id: number): void {
    this.#queries[id] = null;
    this.#free.push(id);
  }

  /** A query for the name was answered: its candidates were, with some suffix of the search path. -∞: no answer counts. */
  answer(id: number, micros: number): void {
    const first = id * QUERY_WORDS + CANDIDATES_AT;
    for (let i = first; i < first + MAX_CANDIDATES; i++) {
      const candidate = this.#queryWords[i] as number;
      if (candidate === NO_NAME) return;
      this.#doubles[candidate * NAME_DOUBLES + ANSWERED_DOUBLE] = micros;
    }
  }

  /** When a query for it, with any suffix of the search path, was last answered; -∞: never. */
  answeredMicros(id: number): number {
    return this.#doubles[id * NAME_DOUBLES + ANSWERED_DOUBLE] as number;
  }

  /** Time of the latest SYN that used the name; -∞: none. */
  connectedMicros(id: number): number {
    return this.#queryDoubles[id * QUERY_DOUBLES + CONNECTED_DOUBLE] as number;
  }

  setConnected(id: number, micros: number): void {
    this.#queryDoubles[id * QUERY_DOUBLES + CONNECTED_DOUBLE] = micros;
  }

  /** Whether it has a search, or a resolved lookup that waits for a connection. */
  isInUse(id: number): boolean {
    return this.searchOf(id) !== NO_ROW || this.resolvedOf(id) !== NO_ROW;
  }

  /** The latest of its resolved lookups that wait for a connection, or NO_ROW. */
  resolvedOf(id: number): number {
    return this.#words[id * NAME_WORDS + RESOLVED_AT] as number;
  }

  resolvedCount(id: number): number {
    return this.#queryWords[id * QUERY_WORDS + RESOLVED_COUNT_AT] as number;
  }

  setResolvedCount(id: number, count: number): void {
    this.#queryWords[id * QUERY_WORDS + RESOLVED_COUNT_AT] = count;
  }

  setResolved(id: number, row: number): void {
    this.#words[id * NAME_WORDS + RESOLVED_AT] = row;
  }

  /** The latest search that may be for the name, or NO_ROW. */
  searchOf(id: number): number {
    return this.#words[id * NAME_WORDS + SEARCH_AT] as number;
  }

  /** The latest search that may be for a candidate of the name, or NO_ROW. */
  searchFor(id: number): number {
    const first = id * QUERY_WORDS + CANDIDATES_AT;
    for (let i = first; i < first + MAX_CANDIDATES; i++) {
      const candidate = this.#queryWords[i] as number;
      if (candidate === NO_NAME) return NO_ROW;
      const search = this.#words[candidate * NAME_WORDS + SEARCH_AT] as number;
      if (search !== NO_ROW) return search;
    }
    return NO_ROW;
  }

  /** `search` is the latest of all candidates of the name. */
  begin(id: number, search: number): void {
    const first = id * QUERY_WORDS + CANDIDATES_AT;
    for (let i = first; i < first + MAX_CANDIDATES; i++) {
      const candidate = this.#queryWords[i] as number;
      if (candidate === NO_NAME) return;
      this.#words[candidate * NAME_WORDS + SEARCH_AT] = search;
    }
  }

  /** Forgets a search that began with the name; later ones stay. */
  forget(id: number, search: number): void {
    const first = id * QUERY_WORDS + CANDIDATES_AT;
    for (let i = first; i < first + MAX_CANDIDATES; i++) {
      const candidate = this.#queryWords[i] as number;
      if (candidate === NO_NAME) return;
      const at = candidate * NAME_WORDS + SEARCH_AT;
      if (this.#words[at] === search) this.#words[at] = NO_ROW;
    }
  }

  /** Which of the name's candidates, one bit each, are candidates of the other name too. */
  common(id: number, other: number): number {
    const first = id * QUERY_WORDS + CANDIDATES_AT;
    let bits = 0;
    for (let i = 0; i < MAX_CANDIDATES; i++) {
      const candidate = this.#queryWords[first + i] as number;
      if (candidate === NO_NAME) break;
      if (this.#isCandidate(candidate, other)) bits |= 1 << i;
    }
    return bits;
  }

  /** Whether one of those candidates of the name (`bits`) has been answered since. */
  wasAnswered(id: number, bits: number, sinceMicros: number): boolean {
    const first = id * QUERY_WORDS + CANDIDATES_AT;
    for (let i = 0; i < MAX_CANDIDATES; i++) {
      if ((bits & (1 << i)) === 0) continue;
      const candidate = this.#queryWords[first + i] as number;
      if ((this.#doubles[candidate * NAME_DOUBLES + ANSWERED_DOUBLE] as number) >= sinceMicros) return true;
    }
    return false;
  }

  #isCandidate(candidate: number, other: number): boolean {
    const first = other * QUERY_WORDS + CANDIDATES_AT;
    for (let i = first; i < first + MAX_CANDIDATES; i++) if (this.#queryWords[i] === candidate) return true;
    return false;
  }

  #grow(): void {
    const doubles = new Float64Array(this.#doubles.length + GROWTH * NAME_DOUBLES);
    doubles.set(this.#doubles);
    this.#doubles = doubles;
    this.#words = new Int32Array(doubles.buffer);
    const queryDoubles = new Float64Array(this.#queryDoubles.length + GROWTH * QUERY_DOUBLES);
    queryDoubles.set(this.#queryDoubles);
    this.#queryDoubles = queryDoubles;
    this.#queryWords = new Int32Array(queryDoubles.buffer);
  }
}
