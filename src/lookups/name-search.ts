import { LookupSummary, type TypeSet, typeSet } from "./lookup-summary.ts";
import type { SearchTable } from "./search-table.ts";

/** A client that sends DNS queries. */
export interface SearchClient {
  /** Namespace of its search path; null for host processes. */
  readonly namespace: string | null;
  /** Its recent names. */
  readonly entries: ReadonlyMap<string, SearchedName>;
  /** Number of its searches that are not forgotten. */
  searches: number;
}

/** A name of one client. */
interface SearchedName {
  readonly client: SearchClient;
  /** Case-folded. */
  readonly name: string;
  /** In the `SearchTable`. */
  readonly id: number;
}

/** A name that is queried. */
export interface SearchQuery extends SearchedName {
  /** Names that the program may have looked up, given that its resolver queries this one; the shortest last. */
  readonly candidates: readonly SearchedName[];
  /** Time of the latest answer to a question of the time before the capture; -∞: none. */
  readonly begunBeforeMicros: number;
}

/** Queries remembered of one search: search paths have up to about ten suffixes. */
const MAX_QUERIES = 64;
/** The search path of a pod has three suffixes. */
const USUAL_QUERIES = 4;

/**
 * One search of a resolver for a name: its queries along the search path (resolv.conf(5)), while all of them have
 * failed. Objects are reused after they are forgotten.
 */
export class NameSearch {
  /** The first query. */
  readonly lookup = new LookupSummary();
  decideMicros = Number.POSITIVE_INFINITY;
  /** The name of the first query. */
  first: SearchQuery | null = null;
  /** Of its candidates the ones that fit all queries so far, one bit each. */
  #candidates = 0;
  /** Names of the failed queries without duplicates, and at the same position the types that were queried. */
  readonly #queries = ["", "", "", ""];
  readonly #types: TypeSet[] = [0, 0, 0, 0];
  #queryCount = 0;
  /** Whether a query failed otherwise than by NXDOMAIN, so that a retry may succeed: SERVFAIL, REFUSED, no answer. */
  hasOther = false;
  isDecided = false;

  begin(query: SearchQuery, type: number): void {
    this.first = query;
    this.#candidates = (1 << query.candidates.length) - 1;
    this.#queryCount = 0;
    // The search before may have grown the array.
    if (this.#queries.length > USUAL_QUERIES) this.#queries.length = USUAL_QUERIES;
    this.isDecided = false;
    this.addQuery(query.name, type);
  }

  /** Nothing that is kept for reuse refers to a client, which may be gone by then. */
  end(): void {
    this.first = null;
  }

  /** Names of all queries, in order. */
  get queries(): readonly string[] {
    return this.#queries.slice(0, this.#queryCount);
  }

  /** Names that the program may have looked up, given all queries so far; the shortest last. */
  get candidates(): readonly SearchedName[] {
    return this.first?.candidates.filter((_, i) => (this.#candidates & (1 << i)) !== 0) ?? [];
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

  /** Keeps only the candidates of this query, unless none would be left. */
  narrow(query: SearchQuery, table: SearchTable<NameSearch>): void {
    const isOne = (this.#candidates & (this.#candidates - 1)) === 0;
    const { first } = this;
    if (isOne || first === null || query === first) return;
    const common = this.#candidates & table.common(first.id, query.id);
    if (common !== 0) this.#candidates = common;
  }

  /** Whether any candidate has been answered since, with any suffix of the search path. */
  wasAnswered(sinceMicros: number, table: SearchTable<NameSearch>): boolean {
    return this.first !== null && table.wasAnswered(this.first.id, this.#candidates, sinceMicros);
  }
}
