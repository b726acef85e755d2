import { type CacheEntry, Partition, PartitionedCache } from "../bounded/partitioned-cache.ts";
import type { Connection } from "../model/connection.ts";
import { DECIDED_MICROS, HANDSHAKE_MICROS } from "../model/waiting-times.ts";
import type { ResolvedName } from "./address-names.ts";

/** Attempts in a generation, over all clients and of one client: a scanner must not evict the names of others. */
const MAX_ATTEMPTS = 16_384;
const MAX_CLIENT_ATTEMPTS = 4_096;
/** Maximum from the first retransmission of an attempt to its verdict. */
const GENERATION_MICROS = DECIDED_MICROS + HANDSHAKE_MICROS;

interface NamedAttempt extends CacheEntry {
  readonly resolved: ResolvedName;
}

/**
 * Names of attempts that retransmit their SYN. Their verdict may come two minutes later, when the answers of that time
 * are forgotten and newer ones have come. The name of an evicted attempt is searched again at its verdict.
 */
export class AttemptNames {
  /** A partition for each client. */
  readonly #cache: PartitionedCache<NamedAttempt>;

  constructor(maxAttempts = MAX_ATTEMPTS, maxClientAttempts = MAX_CLIENT_ATTEMPTS) {
    this.#cache = new PartitionedCache({
      maxWeight: maxAttempts,
      maxPartitionWeight: maxClientAttempts,
      maxAgeMicros: GENERATION_MICROS,
    });
  }

  get size(): number {
    return this.#cache.size;
  }

  /** Clients with attempts. */
  get clients(): number {
    return this.#cache.partitionCount;
  }

  /** Attempts evicted because the table was full. */
  get evicted(): number {
    return this.#cache.evicted;
  }

  keep(clientId: string, connection: Connection, resolved: ResolvedName): void {
    this.#cache.advance(connection.startMicros);
    const client = this.#cache.partition(clientId) ?? this.#cache.addPartition(clientId, new Partition());
    const key = keyOf(connection);
    this.#cache.delete(client, key);
    this.#cache.add(client, key, { generation: 0, weight: 1, resolved });
    this.#cache.makeRoom(client);
  }

  /** Removes and returns the name of the client's attempt; null: none is stored. */
  take(clientId: string, connection: Connection): ResolvedName | null {
    const client = this.#cache.partition(clientId);
    if (client === undefined) return null;
    const key = keyOf(connection);
    const attempt = client.entries.get(key);
    if (attempt === undefined) return null;
    this.#cache.delete(client, key);
    // A pod can send with any number of addresses: clients without an attempt do not stay.
    if (client.entries.size === 0) this.#cache.removePartition(clientId);
    return attempt.resolved;
  }
}

/** Identifies an attempt in all its facts. */
function keyOf({ startMicros, preNat: { source, destination } }: Connection): string {
  return `${startMicros} ${source.address} ${source.port} ${destination.address} ${destination.port}`;
}
