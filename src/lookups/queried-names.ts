import { type CacheEntry, EVICTED, Partition, PartitionedCache } from "../bounded/partitioned-cache.ts";
import type { Endpoint } from "../model/connection.ts";
import type { ClusterDomain } from "./cluster-domain.ts";
import type { NameSearch } from "./name-search.ts";
import { MAX_CANDIDATES, SearchTable } from "./search-table.ts";
import type { TruncatedLookup } from "./truncated-lookups.ts";
import type { ResolvedLookup } from "./unused-lookups.ts";

/** Names in a generation, over all clients. */
const MAX_NAMES = 16_384;
/** Maximum age of a generation: longer than any search needs a name. After a flood it shrinks the table. */
const GENERATION_MICROS = 60e6;

/** A query that was reported as a use of its DNS server. */
interface ServerUse {
  readonly server: Endpoint;
  readonly isOverTcp: boolean;
  readonly micros: number;
}

/** A client that sends DNS queries: an identity, and the namespace of its search path; null for host processes. */
export class DnsClient extends Partition<QueriedName> {
  readonly namespace: string | null;
  /** The last queried name: A and AAAA are usually queried together. */
  last: QueriedName | null = null;
  /** Number of its searches that are not forgotten. */
  searches = 0;
  /** The latest that was reported. A client is forgotten later than it would be reported again. */
  lastUse: ServerUse | null = null;

  constructor(namespace: string | null) {
    super();
    this.namespace = namespace;
  }
}

/** A name that one client queried recently, or a candidate: a name that its program may have looked up. */
export class QueriedName implements CacheEntry {
  generation = 0;
  readonly weight = 1;
  readonly client: DnsClient;
  /** Case-folded. */
  readonly name: string;
  /** In the `SearchTable`. */
  readonly id: number;
  /** Names that the program may have looked up when its resolver queries this one; null until it is queried. */
  candidates: readonly QueriedName[] | null = null;
  /** The latest of its resolved lookups that wait for a connection, and how many wait. */
  resolved: ResolvedLookup | null = null;
  resolvedCount = 0;
  /** Time of the latest SYN that used the name; -∞: none. */
  connectedMicros = Number.NEGATIVE_INFINITY;
  /** Time of the latest answer to a question of the time before the capture; -∞: none. */
  begunBeforeMicros = Number.NEGATIVE_INFINITY;
  /** The latest truncated answer that waits for a complete one. */
  truncated: TruncatedLookup | null = null;
  /** Generation of the last query; its candidates were used in it too. */
  queriedGeneration = 0;

  constructor(client: DnsClient, name: string, id: number) {
    this.client = client;
    this.name = name;
    this.id = id;
  }
}

/** A name that was queried, not only a candidate of others. */
export interface Query extends QueriedName {
  readonly candidates: readonly QueriedName[];
}

export function isQueried(name: QueriedName): name is Query {
  return name.candidates !== null;
}

/**
 * The recent queries of each client: a record for each name, which refers to the records of its candidates, so that a
 * query needs one look-up. A name with a search, a resolved lookup or a truncated answer stays as long as that.
 */
export class QueriedNames {
  readonly #domain: ClusterDomain;
  readonly #cache: PartitionedCache<QueriedName, DnsClient>;
  readonly searches = new SearchTable<NameSearch>();

  constructor(domain: ClusterDomain, maxNames = MAX_NAMES) {
    this.#domain = domain;
    this.#cache = new PartitionedCache({
      // A full generation ends after a query has added its candidates.
      maxWeight: maxNames - MAX_CANDIDATES + 1,
      maxAgeMicros: GENERATION_MICROS,
      isPinned: ({ id, resolved, truncated }) =>
        resolved !== null || truncated !== null || this.searches.searchOf(id) !== null,
      onEvict: ({ id }) => this.searches.release(id),
      onTurn: removeEvictedCandidates,
    });
  }

  /** Names remembered now. */
  get size(): number {
    return this.#cache.size;
  }

  /** The client queries the name. `lastClient`: the client of its last query. */
  query(clientId: string, namespace: string | null, name: string, lastClient: DnsClient | null = null): Query {
    const client =
      this.#cache.partition(clientId, lastClient) ?? this.#cache.addPartition(clientId, new DnsClient(namespace));
    const { last } = client;
    const queried = last !== null && last.name === name ? last : (client.entries.get(name) ?? this.#add(client, name));
    client.last = queried;
    if (queried.candidates === null || queried.queriedGeneration !== this.#cache.generationOf(client))
      this.#use(queried);
    return queried as Query;
  }

  /** The record of a name, if the client queried it recently or if it is a candidate. */
  find(clientId: string, name: string): QueriedName | null {
    return this.#cache.partition(clientId)?.entries.get(name) ?? null;
  }

  /** Packet time has reached `nowMicros`, which may be earlier than before if the clock was set back. */
  advance(nowMicros: number): void {
    this.#cache.advance(nowMicros);
  }

  #add(client: DnsClient, name: string): QueriedName {
    const queried = new QueriedName(client, name, this.searches.take());
    this.#cache.add(client, name, queried);
    return queried;
  }

  #use(queried: QueriedName): void {
    const { client } = queried;
    queried.queriedGeneration = this.#cache.generationOf(client);
    queried.candidates ??= this.#findCandidates(queried);
    for (const candidate of queried.candidates) this.#cache.use(client, candidate);
    this.#cache.makeRoom(client);
  }

  #findCandidates(queried: QueriedName): readonly QueriedName[] {
    const { client, name } = queried;
    const texts = this.#domain.searchCandidates(name, client.namespace);
    // `map` would change its kind of array once it is compiled, and with it the code that reads candidates.
    const candidates = new Array<QueriedName>(texts.length);
    for (let i = 0; i < texts.length; i++) {
      const text = texts[i] as string;
      candidates[i] = client.entries.get(text) ?? this.#add(client, text);
    }
    this.searches.setCandidates(queried.id, candidates);
    return candidates;
  }
}

/** An evicted candidate gets a new record with the next query. */
function removeEvictedCandidates(client: DnsClient): void {
  client.last = null;
  for (const queried of client.entries.values()) {
    if (queried.candidates?.some(({ generation }) => generation === EVICTED)) queried.candidates = null;
  }
}
