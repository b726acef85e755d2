import { RecycledRing } from "../bounded/recycled-ring.ts";
import { Rcode } from "../model/dns-message.ts";
import type { Lookup } from "../model/lookup.ts";
import { SEARCH_PATH_MICROS } from "../model/waiting-times.ts";
import type { CaptureGaps } from "./capture-gaps.ts";
import { type ClusterDomain, labelPrefixes } from "./cluster-domain.ts";
import { isBegunBefore, type LookupSummary } from "./lookup-summary.ts";
import { NameSearch, type SearchClient, type SearchQuery } from "./name-search.ts";
import type { SearchTable } from "./search-table.ts";

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

interface FailedLookupsOptions {
  readonly domain: ClusterDomain;
  readonly table: SearchTable<NameSearch>;
  readonly gaps: CaptureGaps;
}

/** Groups failed queries into searches; each search waits for one of its queries to be answered after all. */
export class FailedLookups {
  readonly #domain: ClusterDomain;
  readonly #table: SearchTable<NameSearch>;
  readonly #gaps: CaptureGaps;
  readonly #emit: (failed: FailedLookup) => void;
  /** In order of their begin: first those that are decided and remembered, then those that wait. */
  readonly #searches = new RecycledRing(() => new NameSearch());
  #decided = 0;
  /** Searches decided early because the table was full. */
  evicted = 0;
  /** Searches whose last queries may be among the packets that are missing. */
  undecided = 0;

  constructor({ domain, table, gaps }: FailedLookupsOptions, emit: (failed: FailedLookup) => void) {
    this.#domain = domain;
    this.#table = table;
    this.#gaps = gaps;
    this.#emit = emit;
  }

  add(query: SearchQuery, lookup: Lookup): void {
    const isNameError = lookup.rcode === Rcode.nameError;
    const search = this.#searchFor(query);
    const isSoon = search !== null && lookup.queryMicros - search.lookup.queryMicros <= RETRY_MICROS;
    // A retry for a name that has been decided still belongs to that search.
    if (isSoon && search.isDecided) return;
    const isOpen = search !== null && !search.isDecided;
    if (!isOpen || (!search.addQuery(query.name, lookup.type) && isNameError)) {
      this.#begin(query, lookup).hasOther = !isNameError;
      return;
    }
    search.hasOther ||= !isNameError;
    search.narrow(query, this.#table);
  }

  advance(nowMicros: number): void {
    for (let next = this.#nextToDecide(); next !== undefined; next = this.#nextToDecide()) {
      if (next.decideMicros > nowMicros) break;
      this.#decide(next);
    }
    for (let next = this.#searches.first; next?.isDecided; next = this.#searches.first) {
      if (next.decideMicros + RETRY_MICROS > nowMicros) return;
      this.#forgetFirst();
    }
  }

  /** After the last fact. */
  finish(): void {
    for (let next = this.#nextToDecide(); next !== undefined; next = this.#nextToDecide()) this.#decide(next);
    while (this.#searches.size > 0) this.#forgetFirst();
  }

  /** The oldest search that waits. */
  #nextToDecide(): NameSearch | undefined {
    return this.#searches.at(this.#decided);
  }

  #searchFor({ client, name, id }: SearchQuery): NameSearch | null {
    if (client.searches === 0) return null;
    const found = this.#table.searchFor(id);
    if (found !== null) return found;
    // A suffix outside the cluster's domain: the search domain of the node.
    if (this.#domain.contains(name)) return null;
    for (const prefix of labelPrefixes(name, 1)) {
      const known = client.entries.get(prefix);
      const search = known === undefined ? null : this.#table.searchOf(known.id);
      if (search !== null) return search;
    }
    return null;
  }

  #begin(query: SearchQuery, lookup: Lookup): NameSearch {
    const search = this.#searches.add();
    search.lookup.set(lookup);
    search.decideMicros = (lookup.answerMicros ?? lookup.queryMicros + SEARCH_PATH_MICROS) + SEARCH_PATH_MICROS;
    search.begin(query, lookup.type);
    query.client.searches++;
    this.#table.begin(query.id, search);
    if (this.#searches.size - this.#decided > MAX_PENDING) {
      this.evicted++;
      this.#decide(this.#nextToDecide() as NameSearch);
    }
    return search;
  }

  /** Decides the oldest search that waits. */
  #decide(search: NameSearch): void {
    if (this.#wasAnswered(search) || this.#isCountedLater(search)) {
      this.#remember(search);
    } else if (this.#isCutShort(search) || this.#mayBeForwarded(search)) {
      this.undecided++;
      this.#remember(search);
    } else {
      const { lookup, queries, candidates, hasOther, first } = search;
      this.#emit({
        type: "failed",
        namespace: first?.client.namespace ?? null,
        lookup,
        queries,
        candidates: candidates.map(({ name }) => name),
        outcome: hasOther ? "try_again" : "host_not_found",
      });
      this.#remember(search);
    }
  }

  /**
   * Where packets are missing, a search has failed only if the name without suffix was queried too, which is the last query of
   * the search path.
   */
  #isCutShort({ lookup, candidates, queries }: NameSearch): boolean {
    if (!this.#gaps.since(lookup.queryMicros)) return false;
    const bare = candidates.reduce((a, b) => (b.name.length < a.name.length ? b : a));
    return !queries.includes(bare.name);
  }

  /** Whether a host sent the query, and a DNS server on it had the question before the capture: it may be the server's. */
  #mayBeForwarded({ first, lookup }: NameSearch): boolean {
    return first !== null && first.client.namespace === null && isBegunBefore(first, lookup);
  }

  /**
   * Whether the search is the end of one that began before the capture: a query with the search domain of the node, before the one
   * without, which counts.
   */
  #isCountedLater({ first, lookup }: NameSearch): boolean {
    if (first === null || !this.#gaps.isNearStart(lookup.queryMicros) || this.#domain.contains(first.name))
      return false;
    return labelPrefixes(first.name).some((prefix) => {
      const known = first.client.entries.get(prefix);
      const search = known === undefined ? null : this.#table.searchOf(known.id);
      if (search === null) return false;
      const sinceMicros = search.lookup.queryMicros - lookup.queryMicros;
      return 0 < sinceMicros && sinceMicros <= SEARCH_PATH_MICROS;
    });
  }

  #remember(search: NameSearch): void {
    search.isDecided = true;
    this.#decided++;
    if (this.#decided > MAX_DECIDED) this.#forgetFirst();
  }

  #forgetFirst(): void {
    const search = this.#searches.first;
    if (search === undefined) return;
    const { first } = search;
    if (first !== null) {
      first.client.searches--;
      this.#table.forget(first.id, search);
    }
    search.end();
    this.#searches.shift();
    this.#decided--;
  }

  /** Whether the name has been answered meanwhile, with any suffix of the search path. */
  #wasAnswered(search: NameSearch): boolean {
    const since = search.lookup.queryMicros - ANSWER_BEFORE_MICROS;
    if (search.wasAnswered(since, this.#table)) return true;
    const client = search.first?.client;
    if (client === undefined) return false;
    return search.queries.some((name) => !this.#domain.contains(name) && this.#isAnyAnswered(client, name, since));
  }

  #isAnyAnswered(client: SearchClient, name: string, sinceMicros: number): boolean {
    return labelPrefixes(name).some((prefix) => {
      const known = client.entries.get(prefix);
      return known !== undefined && this.#table.answeredMicros(known.id) >= sinceMicros;
    });
  }
}
