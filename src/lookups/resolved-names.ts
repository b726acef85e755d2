import { EVICTED, Partition, PartitionedCache } from "../bounded/partitioned-cache.ts";
import { AddressNames, NAME_WEIGHT, type ResolvedName, SharedName } from "./address-names.ts";

/**
 * Names in a generation, over all clients: thousands of clients with tens of names each. Measured by weight, which
 * bounds the text too.
 */
const MAX_NAMES = 65_536;
/** Share of one client: a client that queries new names without end evicts its own names only. */
const MAX_CLIENT_NAMES = 4_096;
/** Share of one address, as a divisor: a client that queries names of one address without end keeps its others. */
const ADDRESS_SHARE = 2;
/** Between two looks for clients that have become silent. */
const SWEEP_MICROS = 30_000_000;

/** The names of one client. */
export type ClientNames = Partition<AddressNames>;

/**
 * The names that each client resolved, by address and time. A client is an identity, not an address: pods send queries
 * over IPv4 and connect over IPv6. Names of other clients never apply. TTLs do not count: clients connect long after
 * them. Names in use stay; see `PartitionedCache`.
 */
export class ResolvedNames {
  /** A partition for each client, whose entries are by address. */
  readonly #cache: PartitionedCache<AddressNames>;
  readonly #maxAddressWeight: number;
  /** Addresses with many answers, with their clients: a client that queries no more, such as a pod that ended, trims none. */
  readonly #busy = new Map<AddressNames, Partition<AddressNames>>();
  #sweptMicros = Number.NEGATIVE_INFINITY;
  #evictedAnswers = 0;

  constructor(maxNames = MAX_NAMES, maxClientNames = MAX_CLIENT_NAMES) {
    const maxWeight = maxNames * NAME_WEIGHT;
    const maxClientWeight = maxClientNames * NAME_WEIGHT;
    this.#cache = new PartitionedCache({ maxWeight, maxPartitionWeight: maxClientWeight });
    this.#maxAddressWeight = maxClientWeight / ADDRESS_SHARE;
  }

  /** Addresses with names, over all clients. */
  get size(): number {
    return this.#cache.size;
  }

  /** Addresses of a client, and answers for one address, evicted because a table was full. */
  get evicted(): number {
    return this.#cache.evicted + this.#evictedAnswers;
  }

  /** Returns the names of the client. `last`: what the last call for it returned. */
  add(
    clientId: string,
    addresses: readonly string[],
    { answerMicros, name, chain }: ResolvedName,
    last: ClientNames | null = null,
  ): ClientNames {
    const client = this.#cache.partition(clientId, last) ?? this.#cache.addPartition(clientId, new Partition());
    let shared: SharedName | null = null;
    for (const address of addresses) {
      const known = client.entries.get(address);
      const same = known?.findSame(name, chain) ?? null;
      if (same === null) shared ??= new SharedName(name, chain);
      const named = same ?? (shared as SharedName);
      if (known === undefined) this.#cache.add(client, address, new AddressNames(answerMicros, named));
      else this.#addAnswer(client, known, answerMicros, named);
    }
    this.#cache.makeRoom(client);
    if (Math.abs(answerMicros - this.#sweptMicros) >= SWEEP_MICROS) this.#sweep(answerMicros);
    return client;
  }

  /** The client has ended, and no fact needs its names any more. */
  forget(clientId: string): void {
    this.#cache.removePartition(clientId);
  }

  /** The last name that the client had resolved to the address at that time; null: none. */
  find(clientId: string, address: string, timeMicros: number, last: ClientNames | null = null): ResolvedName | null {
    const client = this.#cache.partition(clientId, last);
    const names = client?.entries.get(address);
    if (client === undefined || names === undefined) return null;
    if (this.#cache.use(client, names)) this.#cache.makeRoom(client);
    return names.find(timeMicros);
  }

  #addAnswer(client: Partition<AddressNames>, names: AddressNames, answerMicros: number, name: SharedName): void {
    this.#cache.use(client, names);
    const before = names.weight;
    this.#evictedAnswers += names.add(answerMicros, name, this.#maxAddressWeight);
    this.#cache.grow(client, names.weight - before);
    if (!names.isBusy && names.hasMany) {
      names.isBusy = true;
      this.#busy.set(names, client);
    }
  }

  #sweep(nowMicros: number): void {
    this.#sweptMicros = nowMicros;
    for (const [names, client] of this.#busy) {
      const isKept = names.generation !== EVICTED;
      if (isKept && !names.isSilent(nowMicros)) continue;
      this.#busy.delete(names);
      names.isBusy = false;
      if (!isKept) continue;
      this.#cache.use(client, names);
      const before = names.weight;
      names.trim(nowMicros);
      this.#cache.grow(client, names.weight - before);
    }
  }
}
