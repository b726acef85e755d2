import { AddressNames, type ResolvedName, SharedName } from "./address-names.ts";

/**
 * Names in a generation, over all clients: thousands of clients with tens of names each. Measured by weight, which
 * bounds the text too.
 */
const MAX_WEIGHT = 65_536;
/** Share of one client: a client that queries new names without end evicts its own names only. */
const MAX_CLIENT_WEIGHT = 4_096;
/** Share of one address, as a divisor: a client that queries names of one address without end keeps its others. */
const ADDRESS_SHARE = 2;

/** Names of one client by address. */
class ClientNames {
  readonly byAddress = new Map<string, AddressNames>();
  youngWeight = 0;
  oldWeight = 0;
  /** How often the generations of this client alone were turned. */
  turns = 0;
}

/**
 * The names that each client resolved, by address and time. A client is an identity, not an address: pods send queries
 * over IPv4 and connect over IPv6. Names of other clients never apply. TTLs do not count: clients connect long after
 * them. Two generations: new and used entries are young; when the young generation is full, old entries are evicted and
 * young ones become old. Each entry has the number of the generation of its last use.
 */
export class ResolvedNames {
  readonly #clients = new Map<string, ClientNames>();
  #turns = 0;
  #youngWeight = 0;
  #oldWeight = 0;
  readonly #maxWeight: number;
  readonly #maxClientWeight: number;
  readonly #maxAddressWeight: number;
  /** Addresses of a client, and answers for one address, evicted because a table was full. */
  evicted = 0;

  constructor(maxWeight = MAX_WEIGHT, maxClientWeight = MAX_CLIENT_WEIGHT) {
    this.#maxWeight = maxWeight;
    this.#maxClientWeight = maxClientWeight;
    this.#maxAddressWeight = maxClientWeight / ADDRESS_SHARE;
  }

  add(client: string, addresses: readonly string[], { answerMicros, name, chain }: ResolvedName): void {
    let ofClient = this.#clients.get(client);
    if (ofClient === undefined) {
      ofClient = new ClientNames();
      this.#clients.set(client, ofClient);
    }
    let shared: SharedName | null = null;
    for (const address of addresses) {
      const known = ofClient.byAddress.get(address);
      const same = known?.findSame(name, chain) ?? null;
      if (same === null) shared ??= new SharedName(name, chain);
      const named = same ?? (shared as SharedName);
      if (known === undefined) {
        const names = new AddressNames(this.#generationOf(ofClient), answerMicros, named);
        ofClient.byAddress.set(address, names);
        this.#addYoungWeight(ofClient, names.weight);
      } else {
        this.#use(ofClient, known);
        const before = known.weight;
        this.evicted += known.add(answerMicros, named, this.#maxAddressWeight);
        this.#addYoungWeight(ofClient, known.weight - before);
      }
    }
    this.#makeRoom(ofClient);
  }

  /** The last name that the client had resolved to the address at that time; null: none. */
  find(client: string, address: string, timeMicros: number): ResolvedName | null {
    const ofClient = this.#clients.get(client);
    const names = ofClient?.byAddress.get(address);
    if (ofClient === undefined || names === undefined) return null;
    if (this.#use(ofClient, names)) this.#makeRoom(ofClient);
    return names.find(timeMicros);
  }

  /** Addresses with names, over all clients. Slow: iterates over the clients. */
  get size(): number {
    let count = 0;
    for (const { byAddress } of this.#clients.values()) count += byAddress.size;
    return count;
  }

  #generationOf(client: ClientNames): number {
    return this.#turns + client.turns;
  }

  /** Moves the names of an address to the young generation; true if they were old. */
  #use(client: ClientNames, names: AddressNames): boolean {
    const generation = this.#generationOf(client);
    if (names.generation === generation) return false;
    names.generation = generation;
    this.#oldWeight -= names.weight;
    client.oldWeight -= names.weight;
    this.#youngWeight += names.weight;
    client.youngWeight += names.weight;
    return true;
  }

  #addYoungWeight(client: ClientNames, grown: number): void {
    client.youngWeight += grown;
    this.#youngWeight += grown;
  }

  /** Turns full generations; after `#use`, so that the entry just used stays. */
  #makeRoom(client: ClientNames): void {
    if (client.youngWeight >= this.#maxClientWeight) this.#turnClient(client);
    // The old generation also grows when single clients turn theirs.
    if (this.#youngWeight >= this.#maxWeight || this.#oldWeight >= 2 * this.#maxWeight) this.#turn();
  }

  /** Evicts the old names of the client; its young ones become old. */
  #turnClient(client: ClientNames): void {
    client.turns++;
    this.#oldWeight += client.youngWeight - client.oldWeight;
    this.#youngWeight -= client.youngWeight;
    this.#evictOld(client);
  }

  /** The same for all clients at once. */
  #turn(): void {
    this.#turns++;
    this.#oldWeight = this.#youngWeight;
    this.#youngWeight = 0;
    for (const [id, client] of this.#clients) {
      this.#evictOld(client);
      if (client.byAddress.size === 0) this.#clients.delete(id);
    }
  }

  #evictOld(client: ClientNames): void {
    client.oldWeight = client.youngWeight;
    client.youngWeight = 0;
    const oldest = this.#generationOf(client) - 1;
    for (const [address, { generation }] of client.byAddress) {
      if (generation >= oldest) continue;
      client.byAddress.delete(address);
      this.evicted++;
    }
  }
}
