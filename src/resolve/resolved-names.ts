import { MAX_ANSWER_ADDRESSES, MAX_CHAIN_NAMES } from "../model/dns-message.ts";
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
/** Names kept for one address: a connection is told of after its outcome, when newer answers may have come. */
const MAX_NAMES_PER_ADDRESS = 4;

const NONE: readonly string[] = [];

/** A name as it is kept for one address: asked again, it gets the time of the newer answer. */
class KeptName implements ResolvedName {
  answerMicros = Number.NEGATIVE_INFINITY;
  readonly name: string;
  chain = NONE;
  weight = 0;

  constructor(resolved: ResolvedName) {
    this.name = resolved.name;
    this.set(resolved);
  }

  /** The name has been answered, once more or for the first time. */
  set({ answerMicros, chain }: ResolvedName): void {
    this.answerMicros = answerMicros;
    this.chain = chain.length > MAX_CHAIN_NAMES ? [...chain.slice(0, MAX_CHAIN_NAMES - 1), chain.at(-1) ?? ""] : chain;
    let characters = this.name.length;
    for (const each of this.chain) characters += each.length;
    this.weight = 1 + Math.floor(characters / TEXT_WEIGHT);
  }
}

/** The last names of one address, in order of their answers. */
interface AddressNames {
  readonly names: KeptName[];
  weight: number;
  /** What `#generationOf` the client was when it was last used. */
  generation: number;
}

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
  /** Addresses of a client whose names were forgotten for want of room. */
  evicted = 0;

  constructor(maxWeight = MAX_WEIGHT, maxClientWeight = MAX_CLIENT_WEIGHT) {
    this.#maxWeight = maxWeight;
    this.#maxClientWeight = maxClientWeight;
  }

  add(client: string, addresses: readonly string[], resolved: ResolvedName): void {
    let ofClient = this.#clients.get(client);
    if (ofClient === undefined) {
      ofClient = new ClientNames();
      this.#clients.set(client, ofClient);
    }
    const count = Math.min(addresses.length, MAX_ANSWER_ADDRESSES);
    for (let i = 0; i < count; i++) {
      const address = addresses[i] ?? "";
      let kept = ofClient.byAddress.get(address);
      if (kept === undefined) {
        kept = { names: [new KeptName(resolved)], weight: 0, generation: this.#generationOf(ofClient) };
        ofClient.byAddress.set(address, kept);
      } else {
        this.#use(ofClient, kept);
        addName(kept.names, resolved);
      }
      this.#weigh(ofClient, kept);
    }
    this.#makeRoom(ofClient);
  }

  /** The last name that the client had resolved to the address by that time; null when there was none. To be read at once. */
  find(client: string, address: string, timeMicros: number): ResolvedName | null {
    const ofClient = this.#clients.get(client);
    const kept = ofClient?.byAddress.get(address);
    if (ofClient === undefined || kept === undefined) return null;
    const { names } = kept;
    if (this.#use(ofClient, kept)) this.#makeRoom(ofClient);
    for (let i = names.length; i > 0; ) {
      const candidate = names[--i];
      if (candidate === undefined || candidate.answerMicros > timeMicros) continue;
      if (timeMicros - candidate.answerMicros <= NAME_MEMORY_MICROS) return candidate;
      // Asked again later, and the same: the name was current all the while.
      return i + 1 < names.length && names[i + 1]?.name === candidate.name ? candidate : null;
    }
    return null;
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
  #weigh(client: ClientNames, kept: AddressNames): void {
    const grown = weightOf(kept.names) - kept.weight;
    kept.weight += grown;
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

function weightOf(names: readonly KeptName[]): number {
  let weight = 0;
  for (const name of names) weight += name.weight;
  return weight;
}

/** Keeps the newest names in order of their answers. */
function addName(names: KeptName[], resolved: ResolvedName): void {
  const { name, answerMicros } = resolved;
  const { length } = names;
  const newest = names[length - 1];
  const before = names[Math.max(0, length - 2)];
  // A name that is asked for again and again, as nearly all are: its first answer is known, and its last one.
  const isRepeated =
    newest?.name === name && before?.name === name && length > 1 && newest.answerMicros <= answerMicros;
  if (isRepeated) newest.set(resolved);
  else insertName(names, resolved);
}

function insertName(names: KeptName[], resolved: ResolvedName): void {
  const { name, answerMicros } = resolved;
  let at = names.length;
  while (at > 0 && (names[at - 1]?.answerMicros ?? 0) > answerMicros) at--;
  names.splice(at, 0, new KeptName(resolved));
  // Asking the same again says nothing new but its time; different names must not push each other out so.
  const before = names[at - 1];
  if (before !== undefined && before.name === name && at - 1 > 0 && names[at - 2]?.name === name)
    names.splice(at - 1, 1);
  if (names.length > MAX_NAMES_PER_ADDRESS) names.shift();
}
