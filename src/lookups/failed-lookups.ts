import { Rcode } from "../model/dns-message.ts";
import type { Lookup } from "../model/lookup.ts";
import { SEARCH_PATH_MICROS } from "../model/waiting-times.ts";
import { type ClusterDomain, labelPrefixes } from "./cluster-domain.ts";
import { NO_ROW } from "./lookup-ring.ts";
import type { LookupSummary } from "./lookup-summary.ts";
import { NameSearches, type SearchClient, type SearchQuery } from "./name-searches.ts";
import type { NameTable } from "./name-table.ts";

/** A name that was not answered with any suffix of the search path. */
export interface FailedLookup {
  readonly type: "failed";
  /** Namespace of the client's search path; null for host processes. */
  readonly namespace: string | null;
  /** The first query; valid during the call only. */
  readonly lookup: LookupSummary;
  /** Names of all queries, in order. */
  readonly queries: readonly string[];
  /** Names that the program may have looked up. */
  readonly candidates: readonly string[];
  readonly outcome: "host_not_found" | "try_again";
}

const MAX_PENDING = 65_536;
/** Decided searches remembered, while resolvers retry a query: 5,000 a second. */
const MAX_DECIDED = 32_768;
/** The stub resolver of glibc retries a query after 5 s without an answer. */
const RETRY_MICROS = SEARCH_PATH_MICROS + 1_000_000;
/** An answer this long before a failed query may belong to the same call: A was answered, AAAA was not. */
const ANSWER_BEFORE_MICROS = 1_000_000;

/** Groups failed queries into searches; each search waits for one of its queries to be answered after all. */
export class FailedLookups {
  readonly #domain: ClusterDomain;
  readonly #table: NameTable<SearchQuery>;
  readonly #emit: (failed: FailedLookup) => void;
  /** In order of their begin: first those that are decided and remembered, then those that wait. */
  readonly #searches: NameSearches;
  #decided = 0;
  /** Searches decided early because the table was full. */
  evicted = 0;

  constructor(domain: ClusterDomain, table: NameTable<SearchQuery>, emit: (failed: FailedLookup) => void) {
    this.#domain = domain;
    this.#table = table;
    this.#searches = new NameSearches(table);
    this.#emit = emit;
  }

  add(query: SearchQuery, lookup: Lookup): void {
    const searches = this.#searches;
    const isNameError = lookup.rcode === Rcode.nameError;
    const search = this.#searchFor(query);
    const isOpen = search !== NO_ROW && !searches.isDecided(search);
    if (search !== NO_ROW && !isOpen) {
      // A retry for a name that has been decided still belongs to that search.
      if (lookup.queryMicros - searches.queryMicros(search) <= RETRY_MICROS) return;
    }
    if (!isOpen || (!searches.addQuery(search, query.name, lookup.type) && isNameError)) {
      this.#begin(query, lookup, isNameError);
      return;
    }
    if (!isNameError) searches.setOther(search);
    searches.narrow(search, query.id);
  }

  advance(nowMicros: number): void {
    const searches = this.#searches;
    for (let next = this.#nextToDecide(); next !== NO_ROW; next = this.#nextToDecide()) {
      if (searches.decideMicros(next) > nowMicros) break;
      this.#decide(next);
    }
    for (let next = searches.row(0); next !== NO_ROW && searches.isDecided(next); next = searches.row(0)) {
      if (searches.decideMicros(next) + RETRY_MICROS > nowMicros) return;
      this.#forgetFirst();
    }
  }

  /**
   * After the last fact. A search has failed only if the name without suffix was queried too, which is the last query
   * of the search path; a search that the end of the capture cuts short is not reported.
   */
  finish(): void {
    const searches = this.#searches;
    for (let next = this.#nextToDecide(); next !== NO_ROW; next = this.#nextToDecide()) {
      const bare = searches.candidates(next).reduce((a, b) => (b.length < a.length ? b : a));
      if (searches.queries(next).includes(bare)) this.#decide(next);
      else this.#remember(next);
    }
    while (searches.size > 0) this.#forgetFirst();
  }

  /** The oldest search that waits. */
  #nextToDecide(): number {
    return this.#searches.row(this.#decided);
  }

  #searchFor({ client, name, id, candidates }: SearchQuery): number {
    if (client.searches === 0) return NO_ROW;
    const found = this.#table.searchFor(id);
    if (found !== NO_ROW) return found;
    // A suffix outside the cluster's domain: the search domain of the node.
    if (candidates.length > 1 || this.#domain.contains(name)) return NO_ROW;
    for (const prefix of labelPrefixes(name, 1)) {
      const known = client.entries.get(prefix);
      const search = known === undefined ? NO_ROW : this.#table.searchOf(known.id);
      if (search !== NO_ROW) return search;
    }
    return NO_ROW;
  }

  #begin(query: SearchQuery, lookup: Lookup, isNameError: boolean): void {
    const searches = this.#searches;
    const endMicros = lookup.answerMicros ?? lookup.queryMicros + SEARCH_PATH_MICROS;
    const search = searches.begin(query, lookup, endMicros + SEARCH_PATH_MICROS);
    if (searches.size - this.#decided > MAX_PENDING) {
      this.evicted++;
      this.#decide(this.#nextToDecide());
    }
    if (!isNameError) searches.setOther(search);
  }

  /** Decides the oldest search that waits. */
  #decide(search: number): void {
    if (!this.#wasAnswered(search)) {
      const searches = this.#searches;
      this.#emit({
        type: "failed",
        namespace: searches.first(search).client.namespace,
        lookup: searches.summary(search),
        queries: searches.queries(search),
        candidates: searches.candidates(search),
        outcome: searches.hasOther(search) ? "try_again" : "host_not_found",
      });
    }
    this.#remember(search);
  }

  #remember(search: number): void {
    this.#searches.setDecided(search);
    this.#decided++;
    if (this.#decided > MAX_DECIDED) this.#forgetFirst();
  }

  #forgetFirst(): void {
    this.#searches.shift();
    this.#decided--;
  }

  /** Whether the name has been answered meanwhile, with any suffix of the search path. */
  #wasAnswered(search: number): boolean {
    const searches = this.#searches;
    const since = searches.queryMicros(search) - ANSWER_BEFORE_MICROS;
    if (searches.wasAnswered(search, since)) return true;
    const { client } = searches.first(search);
    return searches
      .queries(search)
      .some((name) => !this.#domain.contains(name) && this.#isAnyAnswered(client, name, since));
  }

  #isAnyAnswered(client: SearchClient, name: string, sinceMicros: number): boolean {
    return labelPrefixes(name).some((prefix) => {
      const known = client.entries.get(prefix);
      return known !== undefined && this.#table.answeredMicros(known.id) >= sinceMicros;
    });
  }
}
