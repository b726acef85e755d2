import { NAME_MEMORY_MICROS } from "../model/waiting-times.ts";

/** A name that a client had resolved to an address. */
export interface ResolvedName {
  readonly answerMicros: number;
  /** The question, case-folded. */
  readonly name: string;
  readonly chain: readonly string[];
}

/**
 * Names in a generation, over all clients: some thousands of clients with some tens of names each. Reckoned by weight, so
 * that text is bounded too: a name weighs 1, and 1 more for each TEXT_WEIGHT characters of it and its chain.
 */
const MAX_WEIGHT = 65_536;
const TEXT_WEIGHT = 256;
/** Of these, one client's: one that asks without end forgets its own names, not those of others. */
const MAX_CLIENT_WEIGHT = 4_096;
/** What clients that forget by themselves add to the old generation is bounded too. */
const MAX_OLD_WEIGHT = 2 * MAX_WEIGHT;
/** Addresses kept of one answer: a headless Service with a hundred pods is real. */
const MAX_ADDRESSES_PER_ANSWER = 128;
/** Names kept of a chain, the last one among them: resolvers follow no longer ones. */
const MAX_CHAIN = 16;
/** Names kept for one address: a connection is told of after its outcome, when newer answers may have come. */
const MAX_NAMES_PER_ADDRESS = 4;

/** A name as it is kept; one for all addresses of its answer. */
interface KeptName extends ResolvedName {
  readonly weight: number;
}

interface ClientNames {
  readonly byAddress: Map<string, KeptName[]>;
  weight: number;
}

interface Generation {
  readonly clients: Map<string, ClientNames>;
  weight: number;
}

/**
 * Which names each client has resolved, to which addresses, when. A client is an identity, not an address: pods ask
 * over IPv4 and connect over IPv6. The name of another client is never borrowed. TTLs do not count: clients connect
 * long after them.
 * In two generations, the young one with what is new or used. What is still old when the young one is full is forgotten.
 */
export class ResolvedNames {
  #young = newGeneration();
  #old = newGeneration();
  /** Addresses of a client whose names were forgotten for want of room. */
  evicted = 0;

  add(client: string, addresses: readonly string[], resolved: ResolvedName): void {
    const name = toKept(resolved);
    const count = Math.min(addresses.length, MAX_ADDRESSES_PER_ANSWER);
    let grown = 0;
    for (let i = 0; i < count; i++) {
      const address = addresses[i] ?? "";
      const names = this.#use(client, address);
      if (names === undefined) this.#put(client, address, [name]);
      else grown += addName(names, name);
    }
    if (grown !== 0) this.#weigh(this.#young, client, grown);
    this.#makeRoom(client);
  }

  /** The last name that the client had resolved to the address by that time; null when there was none. */
  find(client: string, address: string, timeMicros: number): ResolvedName | null {
    const weight = this.#young.weight;
    const names = this.#use(client, address);
    if (names === undefined) return null;
    if (this.#young.weight !== weight) this.#makeRoom(client);
    for (let i = names.length - 1; i >= 0; i--) {
      const candidate = names[i];
      if (candidate === undefined || candidate.answerMicros > timeMicros) continue;
      // Asked again later, and the same: the name was current all the while.
      const goesOn = names[i + 1]?.name === candidate.name;
      return goesOn || timeMicros - candidate.answerMicros <= NAME_MEMORY_MICROS ? candidate : null;
    }
    return null;
  }

  /** Addresses of clients that have names. Counts them, client by client. */
  get size(): number {
    return countAddresses(this.#young) + countAddresses(this.#old);
  }

  /** The names of an address, which stand in the young generation from now on. */
  #use(client: string, address: string): KeptName[] | undefined {
    const young = this.#young.clients.get(client)?.byAddress.get(address);
    if (young !== undefined) return young;
    const old = this.#old.clients.get(client);
    const names = old?.byAddress.get(address);
    if (old === undefined || names === undefined) return undefined;
    this.#weigh(this.#old, client, -weightOf(names));
    old.byAddress.delete(address);
    if (old.byAddress.size === 0) this.#old.clients.delete(client);
    this.#put(client, address, names);
    return names;
  }

  #put(client: string, address: string, names: KeptName[]): void {
    let ofClient = this.#young.clients.get(client);
    if (ofClient === undefined) {
      ofClient = { byAddress: new Map(), weight: 0 };
      this.#young.clients.set(client, ofClient);
    }
    ofClient.byAddress.set(address, names);
    this.#weigh(this.#young, client, weightOf(names));
  }

  #weigh(generation: Generation, client: string, weight: number): void {
    const ofClient = generation.clients.get(client);
    if (ofClient !== undefined) ofClient.weight += weight;
    generation.weight += weight;
  }

  /** Full generations are turned after what was used has been put into the young one: so it stays. */
  #makeRoom(client: string): void {
    const young = this.#young.clients.get(client);
    if (young !== undefined && young.weight >= MAX_CLIENT_WEIGHT) this.#turnClient(client, young);
    if (this.#young.weight < MAX_WEIGHT && this.#old.weight < MAX_OLD_WEIGHT) return;
    this.evicted += countAddresses(this.#old);
    this.#old = this.#young;
    this.#young = newGeneration();
  }

  /** The client's young names become its old ones, and its old ones are forgotten. */
  #turnClient(client: string, young: ClientNames): void {
    const old = this.#old.clients.get(client);
    this.evicted += old?.byAddress.size ?? 0;
    this.#old.weight += young.weight - (old?.weight ?? 0);
    this.#old.clients.set(client, young);
    this.#young.weight -= young.weight;
    this.#young.clients.delete(client);
  }
}

function newGeneration(): Generation {
  return { clients: new Map(), weight: 0 };
}

function toKept({ answerMicros, name, chain }: ResolvedName): KeptName {
  if (chain.length === 0) return { answerMicros, name, chain, weight: 1 + Math.floor(name.length / TEXT_WEIGHT) };
  const last = chain.at(-1);
  const kept = chain.length <= MAX_CHAIN || last === undefined ? chain : [...chain.slice(0, MAX_CHAIN - 1), last];
  const characters = kept.reduce((sum, each) => sum + each.length, name.length);
  return { answerMicros, name, chain: kept, weight: 1 + Math.floor(characters / TEXT_WEIGHT) };
}

function weightOf(names: readonly KeptName[]): number {
  let weight = 0;
  for (const name of names) weight += name.weight;
  return weight;
}

function countAddresses(generation: Generation): number {
  let count = 0;
  for (const { byAddress } of generation.clients.values()) count += byAddress.size;
  return count;
}

/** Keeps the newest names in order of their answers; answers how much weight was added. */
function addName(names: KeptName[], resolved: KeptName): number {
  const newest = names.at(-1);
  const isSame = newest?.name === resolved.name && names.at(-2)?.name === resolved.name;
  if (newest !== undefined && isSame && newest.answerMicros <= resolved.answerMicros) {
    // A name that is asked for again and again, as nearly all are.
    names[names.length - 1] = resolved;
    return resolved.weight - newest.weight;
  }
  const before = weightOf(names);
  insertName(names, resolved);
  return weightOf(names) - before;
}

function insertName(names: KeptName[], resolved: KeptName): void {
  let at = names.length;
  while (at > 0 && (names[at - 1]?.answerMicros ?? 0) > resolved.answerMicros) at--;
  names.splice(at, 0, resolved);
  // Asking the same again says nothing new but its time; different names must not push each other out so.
  const before = names[at - 1];
  if (before !== undefined && before.name === resolved.name && at - 1 > 0 && names[at - 2]?.name === resolved.name) {
    names.splice(at - 1, 1);
  }
  if (names.length > MAX_NAMES_PER_ADDRESS) names.shift();
}
