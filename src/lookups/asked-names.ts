import type { ClusterNames } from "./cluster-names.ts";
import type { Attempt } from "./search-attempt.ts";
import type { TruncatedLookup } from "./truncated-lookups.ts";
import type { Resolution } from "./unused-lookups.ts";

/** Names in a generation, over all clients. */
const MAX_NAMES = 16_384;
/** A name with what it may have been asked for. */
const MAX_BASES = 4;
/** A generation's age: attempts that need a name are decided long before. What a flood has left goes when it is over. */
const GENERATION_MICROS = 60e6;

const NEVER = Number.NEGATIVE_INFINITY;

/** Who asks: an identity, and the namespace whose search path it has; null for host processes. */
export class AskingClient {
  readonly id: string;
  readonly namespace: string | null;
  readonly names = new Map<string, AskedName>();
  /** What it asked for last: mostly A and AAAA are asked together. */
  last: AskedName | null = null;
  /** Names for which there is an attempt. */
  attempts = 0;

  constructor(id: string, namespace: string | null) {
    this.id = id;
    this.namespace = namespace;
  }
}

/** A name that one client has asked for of late, or that a program may have meant by what its resolver asked. */
export class AskedName {
  readonly client: AskingClient;
  /** Case-folded. */
  readonly name: string;
  /** What a program may have asked for, so that its resolver came to ask this; null until this is asked. */
  bases: readonly AskedName[] | null = null;
  /** When any search form of it was last answered. */
  answeredMicros = NEVER;
  /** The newest attempt that may have been for it. */
  attempt: Attempt | null = null;
  /** The newest of its resolutions that wait for a connection. */
  resolution: Resolution | null = null;
  /** The newest truncated answer for it that waits for a whole one. */
  truncated: TruncatedLookup | null = null;
  /** In which it was last used: asked, or meant by what was asked. */
  generation = 0;
  /** In which it was last asked: then its bases have been used, too. */
  askedGeneration = 0;

  constructor(client: AskingClient, name: string) {
    this.client = client;
    this.name = name;
  }
}

/** A name that is asked. */
export interface Question extends AskedName {
  readonly bases: readonly AskedName[];
}

/**
 * What each client has asked of late: one record for each name, that knows the records of its bases, so that a question
 * is looked up once. In two generations over all clients, each of a minute at most; what an attempt was made for, a
 * resolution or a truncated answer, is remembered as long as they are.
 */
export class AskedNames {
  readonly #names: ClusterNames;
  readonly #maxNames: number;
  readonly #clients = new Map<string, AskingClient>();
  #generation = 1;
  #turnedMicros = Number.NEGATIVE_INFINITY;
  #young = 0;
  #size = 0;

  constructor(names: ClusterNames, maxNames = MAX_NAMES) {
    this.#names = names;
    this.#maxNames = maxNames;
  }

  /** Names remembered now. */
  get size(): number {
    return this.#size;
  }

  /** The client asks for the name. */
  ask(id: string, namespace: string | null, name: string): Question {
    if (this.#young + MAX_BASES > this.#maxNames) this.#turn();
    let client = this.#clients.get(id);
    if (client === undefined) {
      client = new AskingClient(id, namespace);
      this.#clients.set(id, client);
    }
    const { last } = client;
    const asked = last !== null && last.name === name ? last : (client.names.get(name) ?? this.#add(client, name));
    client.last = asked;
    if (asked.bases === null || asked.askedGeneration !== this.#generation) this.#use(asked);
    return asked as Question;
  }

  /** What is known of the name, without its being asked. */
  find(id: string, name: string): AskedName | null {
    return this.#clients.get(id)?.names.get(name) ?? null;
  }

  /** Time has come to `nowMicros`, which may be earlier than before where the clock was set back. */
  advance(nowMicros: number): void {
    if (Math.abs(nowMicros - this.#turnedMicros) < GENERATION_MICROS) return;
    this.#turnedMicros = nowMicros;
    this.#turn();
  }

  #add(client: AskingClient, name: string): AskedName {
    const asked = new AskedName(client, name);
    client.names.set(name, asked);
    this.#size++;
    return asked;
  }

  /** What was asked, and what may have been meant by it, stands in the young generation from now on. */
  #use(asked: AskedName): void {
    asked.askedGeneration = this.#generation;
    asked.bases ??= this.#findBases(asked);
    for (const base of asked.bases) {
      if (base.generation !== this.#generation) this.#young++;
      base.generation = this.#generation;
    }
  }

  #findBases({ client, name }: AskedName): readonly AskedName[] {
    const texts = this.#names.searchBases(name, client.namespace);
    // Not by `map`, whose arrays are of one kind at first and of another when it has been compiled.
    const bases = new Array<AskedName>(texts.length);
    for (let i = 0; i < texts.length; i++) {
      const base = texts[i] as string;
      bases[i] = client.names.get(base) ?? this.#add(client, base);
    }
    return bases;
  }

  /** The young generation is full: it becomes the old one, and what was still old is forgotten. */
  #turn(): void {
    this.#young = 0;
    this.#generation++;
    for (const client of this.#clients.values()) {
      client.last = null;
      for (const asked of client.names.values()) if (!this.#isKept(asked)) client.names.delete(asked.name);
      if (client.names.size === 0) this.#clients.delete(client.id);
    }
    this.#size = 0;
    for (const { names } of this.#clients.values()) {
      this.#size += names.size;
      // Records of what is asked anew must be those that are found.
      for (const asked of names.values())
        if (asked.bases?.every((base) => this.#isKept(base)) === false) asked.bases = null;
    }
  }

  #isKept({ generation, attempt, resolution, truncated }: AskedName): boolean {
    return generation >= this.#generation - 1 || attempt !== null || resolution !== null || truncated !== null;
  }
}
