import { MAX_ANSWER_ADDRESSES, MAX_CHAIN_NAMES } from "../model/dns-message.ts";
import { AddressNames, KeptName, type ResolvedName } from "./address-names.ts";

/**
 * Names in a generation, over all clients: some thousands of clients with some tens of names each. Reckoned by weight, so
 * that text is bounded too.
 */
const MAX_WEIGHT = 65_536;
/** Of these, one client's: one that asks without end forgets its own names, not those of others. */
const MAX_CLIENT_WEIGHT = 4_096;
/** Of a client's, one address's: a client that asks without end for names of one address still has others. */
const ADDRESS_SHARE = 2;

/** Names of one client by address. */
class ClientNames {
  readonly byAddress = new Map<string, AddressNames>();
  youngWeight = 0;
  oldWeight = 0;
  /** How often its generations have been turned by itself. */
  turns = 0;
}

/**
 * Which names each client has resolved, to which addresses, when. A client is an identity, not an address: pods ask
 * over IPv4 and connect over IPv6. The name of another client is never borrowed. TTLs do not count: clients connect
 * long after them.
 * In two generations, the young one with what is new or used. What is still old when the young one is full is forgotten.
 * A generation is a number: whatever was last used in the one before the present one is old.
 */
export class ResolvedNames {
  readonly #clients = new Map<string, ClientNames>();
  #turns = 0;
  #youngWeight = 0;
  #oldWeight = 0;
  readonly #maxWeight: number;
  readonly #maxClientWeight: number;
  readonly #maxAddressWeight: number;
  /** Addresses of a client, and answers for one address, that were forgotten for want of room. */
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
    const keptChain =
      chain.length > MAX_CHAIN_NAMES ? [...chain.slice(0, MAX_CHAIN_NAMES - 1), chain.at(-1) ?? ""] : chain;
    let shared: KeptName | null = null;
    const count = Math.min(addresses.length, MAX_ANSWER_ADDRESSES);
    for (let i = 0; i < count; i++) {
      const address = addresses[i] ?? "";
      const known = ofClient.byAddress.get(address);
      const same = known?.findLike(name, keptChain) ?? null;
      if (same === null) shared ??= new KeptName(name, keptChain);
      const kept = same ?? (shared as KeptName);
      if (known === undefined) {
        const names = new AddressNames(this.#generationOf(ofClient), answerMicros, kept);
        ofClient.byAddress.set(address, names);
        this.#weigh(ofClient, names.weight);
      } else {
        this.#use(ofClient, known);
        const before = known.weight;
        this.evicted += known.add(answerMicros, kept, this.#maxAddressWeight);
        this.#weigh(ofClient, known.weight - before);
      }
    }
    this.#makeRoom(ofClient);
  }

  /** The last name that the client had resolved to the address by that time; null when there was none. */
  find(client: string, address: string, timeMicros: number): ResolvedName | null {
    const ofClient = this.#clients.get(client);
    const names = ofClient?.byAddress.get(address);
    if (ofClient === undefined || names === undefined) return null;
    if (this.#use(ofClient, names)) this.#makeRoom(ofClient);
    return names.find(timeMicros);
  }

  /** Addresses of clients that have names. Counts them, client by client. */
  get size(): number {
    let count = 0;
    for (const { byAddress } of this.#clients.values()) count += byAddress.size;
    return count;
  }

  #generationOf(client: ClientNames): number {
    return this.#turns + client.turns;
  }

  /** The names of an address stand in the young generation from now on; true where they were old. */
  #use(client: ClientNames, kept: AddressNames): boolean {
    const generation = this.#generationOf(client);
    if (kept.generation === generation) return false;
    kept.generation = generation;
    this.#oldWeight -= kept.weight;
    client.oldWeight -= kept.weight;
    this.#youngWeight += kept.weight;
    client.youngWeight += kept.weight;
    return true;
  }

  /** Young names have become more, or less. */
  #weigh(client: ClientNames, grown: number): void {
    client.youngWeight += grown;
    this.#youngWeight += grown;
  }

  /** Full generations are turned after what was used has been put into the young one: so it stays. */
  #makeRoom(client: ClientNames): void {
    if (client.youngWeight >= this.#maxClientWeight) this.#turnClient(client);
    // What clients that forget by themselves add to the old generation is bounded too.
    if (this.#youngWeight >= this.#maxWeight || this.#oldWeight >= 2 * this.#maxWeight) this.#turn();
  }

  /** The client's young names become its old ones, and its old ones are forgotten. */
  #turnClient(client: ClientNames): void {
    client.turns++;
    this.#oldWeight += client.youngWeight - client.oldWeight;
    this.#youngWeight -= client.youngWeight;
    this.#forgetOld(client);
  }

  /** The same for all clients. */
  #turn(): void {
    this.#turns++;
    this.#oldWeight = this.#youngWeight;
    this.#youngWeight = 0;
    for (const [id, client] of this.#clients) {
      this.#forgetOld(client);
      if (client.byAddress.size === 0) this.#clients.delete(id);
    }
  }

  #forgetOld(client: ClientNames): void {
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
