import type { ClusterDomain } from "./cluster-domain.ts";
import type { NameSearch } from "./name-search.ts";
import type { TruncatedLookup } from "./truncated-lookups.ts";
import type { ResolvedLookup } from "./unused-lookups.ts";

/** Names in a generation, over all clients. */
const MAX_NAMES = 16_384;
/** Maximum of candidates of one query, the name itself included. */
const MAX_CANDIDATES = 4;
/** Maximum age of a generation: longer than any search needs a name. After a flood it shrinks the table. */
const GENERATION_MICROS = 60e6;

const NEVER = Number.NEGATIVE_INFINITY;

/** A client that sends DNS queries: an identity, and the namespace of its search path; null for host processes. */
export class DnsClient {
  readonly id: string;
  readonly namespace: string | null;
  readonly names = new Map<string, QueriedName>();
  /** The last queried name: A and AAAA are usually queried together. */
  last: QueriedName | null = null;
  /** Number of its names that have a search. */
  searches = 0;

  constructor(id: string, namespace: string | null) {
    this.id = id;
    this.namespace = namespace;
  }
}

/** A name that one client queried recently, or a candidate: a name that its program may have looked up. */
export class QueriedName {
  readonly client: DnsClient;
  /** Case-folded. */
  readonly name: string;
  /** Names that the program may have looked up when its resolver queries this one; null until it is queried. */
  candidates: readonly QueriedName[] | null = null;
  /** When a query for it, with any suffix of the search path, was last answered. */
  answeredMicros = NEVER;
  /** The latest search that may be for it. */
  search: NameSearch | null = null;
  /** The latest of its resolved lookups that wait for a connection. */
  resolved: ResolvedLookup | null = null;
  /** The latest truncated answer that waits for a complete one. */
  truncated: TruncatedLookup | null = null;
  /** Generation of the last use, as a query or as a candidate. */
  generation = 0;
  /** Generation of the last query; its candidates were used in it too. */
  queriedGeneration = 0;

  constructor(client: DnsClient, name: string) {
    this.client = client;
    this.name = name;
  }
}

/** A name that is queried now. */
export interface Query extends QueriedName {
  readonly candidates: readonly QueriedName[];
}

/**
 * The recent queries of each client: a record for each name, which refers to the records of its candidates, so that a
 * query needs one look-up. Two generations over all clients, each of at most a minute; a name with a search, a resolved
 * lookup or a truncated answer stays as long as that.
 */
export class QueriedNames {
  readonly #domain: ClusterDomain;
  readonly #maxNames: number;
  readonly #clients = new Map<string, DnsClient>();
  #generation = 1;
  #turnedMicros = Number.NEGATIVE_INFINITY;
  #young = 0;
  #size = 0;

  constructor(domain: ClusterDomain, maxNames = MAX_NAMES) {
    this.#domain = domain;
    this.#maxNames = maxNames;
  }

  /** Names remembered now. */
  get size(): number {
    return this.#size;
  }

  /** The client queries the name. */
  query(id: string, namespace: string | null, name: string): Query {
    if (this.#young + MAX_CANDIDATES > this.#maxNames) this.#turn();
    let client = this.#clients.get(id);
    if (client === undefined) {
      client = new DnsClient(id, namespace);
      this.#clients.set(id, client);
    }
    const { last } = client;
    const queried = last !== null && last.name === name ? last : (client.names.get(name) ?? this.#add(client, name));
    client.last = queried;
    if (queried.candidates === null || queried.queriedGeneration !== this.#generation) this.#use(queried);
    return queried as Query;
  }

  /** The record of a name, if the client queried it recently or if it is a candidate. */
  find(id: string, name: string): QueriedName | null {
    return this.#clients.get(id)?.names.get(name) ?? null;
  }

  /** Packet time has reached `nowMicros`, which may be earlier than before if the clock was set back. */
  advance(nowMicros: number): void {
    if (Math.abs(nowMicros - this.#turnedMicros) < GENERATION_MICROS) return;
    this.#turnedMicros = nowMicros;
    this.#turn();
  }

  #add(client: DnsClient, name: string): QueriedName {
    const queried = new QueriedName(client, name);
    client.names.set(name, queried);
    this.#size++;
    return queried;
  }

  /** Moves the name and its candidates to the young generation. */
  #use(queried: QueriedName): void {
    queried.queriedGeneration = this.#generation;
    queried.candidates ??= this.#findCandidates(queried);
    for (const candidate of queried.candidates) {
      if (candidate.generation !== this.#generation) this.#young++;
      candidate.generation = this.#generation;
    }
  }

  #findCandidates({ client, name }: QueriedName): readonly QueriedName[] {
    const texts = this.#domain.searchCandidates(name, client.namespace);
    // `map` would change its kind of array once it is compiled, and with it the code that reads candidates.
    const candidates = new Array<QueriedName>(texts.length);
    for (let i = 0; i < texts.length; i++) {
      const text = texts[i] as string;
      candidates[i] = client.names.get(text) ?? this.#add(client, text);
    }
    return candidates;
  }

  /** The young generation becomes the old one; names of the old one are forgotten. */
  #turn(): void {
    this.#young = 0;
    this.#generation++;
    for (const client of this.#clients.values()) {
      client.last = null;
      for (const queried of client.names.values()) if (!this.#isKept(queried)) client.names.delete(queried.name);
      if (client.names.size === 0) this.#clients.delete(client.id);
    }
    this.#size = 0;
    for (const { names } of this.#clients.values()) {
      this.#size += names.size;
      // A forgotten candidate gets a new record with the next query.
      for (const queried of names.values())
        if (queried.candidates?.every((candidate) => this.#isKept(candidate)) === false) queried.candidates = null;
    }
  }

  #isKept({ generation, search, resolved, truncated }: QueriedName): boolean {
    return generation >= this.#generation - 1 || search !== null || resolved !== null || truncated !== null;
  }
}
