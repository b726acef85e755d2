import { LookupSummary, type TypeSet, typeSet } from "./lookup-summary.ts";

/** A client that sends DNS queries. */
export interface SearchClient {
  /** Namespace of its search path; null for host processes. */
  readonly namespace: string | null;
  /** Its recent names. */
  readonly entries: ReadonlyMap<string, SearchCandidate>;
  /** Number of its names that have a search. */
  searches: number;
}

/** A name that a program may have looked up, given what its resolver queried. */
export interface SearchCandidate {
  readonly client: SearchClient;
  /** Case-folded. */
  readonly name: string;
  /** When a query for it, with any suffix of the search path, was last answered. */
  answeredMicros: number;
  /** The latest search that may be for it. */
  search: NameSearch | null;
}

/** Queries remembered of one search: search paths have up to about ten suffixes. */
const MAX_QUERIES = 64;
/** The search path of a pod has three suffixes. */
const USUAL_QUERIES = 4;
const NONE: readonly SearchCandidate[] = [];

/**
 * One search of a resolver for a name: its queries along the search path (resolv.conf(5)), while all of them have
 * failed. Objects are reused after they are forgotten.
 */
export class NameSearch {
  /** The first query. */
  readonly lookup = new LookupSummary();
  decideMicros = Number.POSITIVE_INFINITY;
  /** Names that the program may have looked up, given the first query. */
  firstCandidates = NONE;
  /** Of these the ones that fit all queries so far, one bit each. */
  #candidates = 0;
  /** Names of the failed queries without duplicates, and at the same position the types that were queried. */
  readonly #queries = ["", "", "", ""];
  readonly #types: TypeSet[] = [0, 0, 0, 0];
  #queryCount = 0;
  /** Whether a query failed otherwise than by NXDOMAIN, so that a retry may succeed: SERVFAIL, REFUSED, no answer. */
  hasOther = false;
  isDecided = false;

  begin(candidates: readonly SearchCandidate[], name: string, type: number): void {
    this.firstCandidates = candidates;
    this.#candidates = (1 << candidates.length) - 1;
    this.#queryCount = 0;
    // The search before may have grown the array.
    if (this.#queries.length > USUAL_QUERIES) this.#queries.length = USUAL_QUERIES;
    this.isDecided = false;
    this.addQuery(name, type);
  }

  /** Names of all queries, in order. */
  get queries(): readonly string[] {
    return this.#queries.slice(0, this.#queryCount);
  }

  /** Names that the program may have looked up, given all queries so far; the shortest last. */
  get candidates(): readonly SearchCandidate[] {
    return this.firstCandidates.filter((_, i) => (this.#candidates & (1 << i)) !== 0);
  }

  /** Another query failed. False if the same name and type failed before, or if there are too many names. */
  addQuery(name: string, type: number): boolean {
    const types = typeSet(type);
    let at = 0;
    while (at < this.#queryCount && this.#queries[at] !== name) at++;
    if (at === MAX_QUERIES) return false;
    const before = at < this.#queryCount ? (this.#types[at] as TypeSet) : 0;
    this.#queries[at] = name;
    this.#types[at] = before | types;
    if (at === this.#queryCount) this.#queryCount++;
    return (before & types) === 0;
  }

  /** Keeps only these candidates, unless none would be left. */
  narrow(candidates: readonly SearchCandidate[]): void {
    const isOne = (this.#candidates & (this.#candidates - 1)) === 0;
    if (isOne || candidates === this.firstCandidates) return;
    let common = 0;
    for (let i = 0; i < this.firstCandidates.length; i++) {
      if (candidates.includes(this.firstCandidates[i] as SearchCandidate)) common |= 1 << i;
    }
    common &= this.#candidates;
    if (common !== 0) this.#candidates = common;
  }

  /** Whether any candidate has been answered since, with any suffix of the search path. */
  wasAnswered(sinceMicros: number): boolean {
    for (let i = 0; i < this.firstCandidates.length; i++) {
      const isOpen = (this.#candidates & (1 << i)) !== 0;
      if (isOpen && (this.firstCandidates[i]?.answeredMicros ?? sinceMicros) >= sinceMicros) return true;
    }
    return false;
  }
}
