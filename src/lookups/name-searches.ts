import type { Lookup } from "../model/lookup.ts";
import { LookupRing, OWN_AT, OWN_DOUBLE, OWN_TEXT } from "./lookup-ring.ts";
import { type LookupSummary, typeSet } from "./lookup-summary.ts";
import type { NameTable, NumberedName, NumberedQuery } from "./name-table.ts";

/** A client that sends DNS queries. */
export interface SearchClient {
  /** Namespace of its search path; null for host processes. */
  readonly namespace: string | null;
  /** Its recent names. */
  readonly entries: ReadonlyMap<string, NumberedName>;
  /** Number of its searches that are not forgotten. */
  searches: number;
}

/** A name that a client queries. */
export interface SearchQuery extends NumberedQuery {
  readonly client: SearchClient;
}

/** Queries remembered of one search: search paths have up to about ten suffixes. */
const MAX_QUERIES = 64;
/** Of these the names in the row: the search path of a pod has three suffixes. */
const USUAL_QUERIES = 4;

const DECIDE_DOUBLE = OWN_DOUBLE;
/** The number of the first query's name. */
const FIRST_AT = OWN_AT;
/** Of its candidates the ones that fit all queries so far, one bit each. */
const CANDIDATES_AT = OWN_AT + 1;
/** The number of usual queries. */
const COUNT_AT = OWN_AT + 2;
const FLAGS_AT = OWN_AT + 3;
/** The types of the usual queries. */
const TYPES_AT = OWN_AT + 4;

const IS_DECIDED = 1;
const HAS_OTHER = 2;

/** The queries of a search after the usual ones. */
interface MoreQueries {
  readonly names: string[];
  readonly types: number[];
}

/**
 * Searches of resolvers for a name, in order of their begin: the queries of each along the search path (resolv.conf(5)),
 * while all of them have failed. A search is a row of the ring.
 */
export class NameSearches {
  readonly #table: NameTable<SearchQuery>;
  readonly #ring = new LookupRing(USUAL_QUERIES);
  readonly #more = new Map<number, MoreQueries>();

  constructor(table: NameTable<SearchQuery>) {
    this.#table = table;
  }

  get size(): number {
    return this.#ring.size;
  }

  /** The search that `distance` older ones precede; NO_ROW: none. */
  row(distance: number): number {
    return this.#ring.row(distance);
  }

  /** A new search with its first query. */
  begin(query: SearchQuery, lookup: Lookup, decideMicros: number): number {
    const ring = this.#ring;
    const search = ring.add(lookup);
    const { words } = ring;
    const at = ring.at(search);
    ring.doubles[(at >> 1) + DECIDE_DOUBLE] = decideMicros;
    words[at + FIRST_AT] = query.id;
    words[at + CANDIDATES_AT] = (1 << query.candidates.length) - 1;
    words[at + COUNT_AT] = 1;
    words[at + FLAGS_AT] = 0;
    words[at + TYPES_AT] = typeSet(lookup.type);
    ring.texts[ring.textAt(search) + OWN_TEXT] = query.name;
    query.client.searches++;
    this.#table.begin(query.id, search);
    return search;
  }

  /** Forgets the oldest search. */
  shift(): void {
    const search = this.#ring.row(0);
    const { id, client } = this.first(search);
    client.searches--;
    this.#table.forget(id, search);
    if (this.#more.size > 0) this.#more.delete(search);
    this.#ring.shift();
  }

  /** The name of the first query. */
  first(search: number): SearchQuery {
    return this.#table.get(this.#firstId(search));
  }

  /** The first query; valid until the next call. */
  summary(search: number): LookupSummary {
    return this.#ring.summary(search);
  }

  queryMicros(search: number): number {
    return this.#ring.queryMicros(search);
  }

  decideMicros(search: number): number {
    return this.#ring.doubles[(this.#ring.at(search) >> 1) + DECIDE_DOUBLE] as number;
  }

  isDecided(search: number): boolean {
    return this.#hasFlag(search, IS_DECIDED);
  }

  setDecided(search: number): void {
    this.#setFlag(search, IS_DECIDED);
  }

  /** Whether a query failed otherwise than by NXDOMAIN, so that a retry may succeed: SERVFAIL, REFUSED, no answer. */
  hasOther(search: number): boolean {
    return this.#hasFlag(search, HAS_OTHER);
  }

  setOther(search: number): void {
    this.#setFlag(search, HAS_OTHER);
  }

  /** Names of all queries without duplicates, in order. */
  queries(search: number): readonly string[] {
    const ring = this.#ring;
    const text = ring.textAt(search) + OWN_TEXT;
    const count = ring.words[ring.at(search) + COUNT_AT] as number;
    const names = ring.texts.slice(text, text + count) as string[];
    return names.concat(this.#more.get(search)?.names ?? []);
  }

  /** Names that the program may have looked up, given all queries so far; the shortest last. */
  candidates(search: number): readonly string[] {
    const bits = this.#candidateBits(search);
    const { candidates } = this.first(search);
    return candidates.filter((_, i) => (bits & (1 << i)) !== 0).map(({ name }) => name);
  }

  /** Another query failed. False if the same name and type failed before, or if there are too many names. */
  addQuery(search: number, name: string, type: number): boolean {
    const ring = this.#ring;
    const { words, texts } = ring;
    const at = ring.at(search);
    const text = ring.textAt(search) + OWN_TEXT;
    const count = words[at + COUNT_AT] as number;
    let i = 0;
    while (i < count && texts[text + i] !== name) i++;
    if (i === USUAL_QUERIES) return this.#addMore(search, name, type);
    if (i === count) {
      texts[text + i] = name;
      words[at + TYPES_AT + i] = 0;
      words[at + COUNT_AT] = count + 1;
    }
    const before = words[at + TYPES_AT + i] as number;
    const types = typeSet(type);
    words[at + TYPES_AT + i] = before | types;
    return (before & types) === 0;
  }

  /** Keeps only the candidates of this query, unless none would be left. */
  narrow(search: number, queryId: number): void {
    const bits = this.#candidateBits(search);
    const isOne = (bits & (bits - 1)) === 0;
    const firstId = this.#firstId(search);
    if (isOne || queryId === firstId) return;
    const common = bits & this.#table.common(firstId, queryId);
    if (common !== 0) this.#ring.words[this.#ring.at(search) + CANDIDATES_AT] = common;
  }

  /** Whether any candidate has been answered since, with any suffix of the search path. */
  wasAnswered(search: number, sinceMicros: number): boolean {
    return this.#table.wasAnswered(this.#firstId(search), this.#candidateBits(search), sinceMicros);
  }

  #firstId(search: number): number {
    return this.#ring.words[this.#ring.at(search) + FIRST_AT] as number;
  }

  #candidateBits(search: number): number {
    return this.#ring.words[this.#ring.at(search) + CANDIDATES_AT] as number;
  }

  #hasFlag(search: number, flag: number): boolean {
    return ((this.#ring.words[this.#ring.at(search) + FLAGS_AT] as number) & flag) !== 0;
  }

  #setFlag(search: number, flag: number): void {
    const { words } = this.#ring;
    const at = this.#ring.at(search) + FLAGS_AT;
    words[at] = (words[at] as number) | flag;
  }

  #addMore(search: number, name: string, type: number): boolean {
    let more = this.#more.get(search);
    if (more === undefined) {
      more = { names: [], types: [] };
      this.#more.set(search, more);
    }
    const { names, types } = more;
    const known = names.indexOf(name);
    const at = known < 0 ? names.length : known;
    if (at === MAX_QUERIES - USUAL_QUERIES) return false;
    const before = types[at] ?? 0;
    names[at] = name;
    types[at] = before | typeSet(type);
    return (before & typeSet(type)) === 0;
  }
}
