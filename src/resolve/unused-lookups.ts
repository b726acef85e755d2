import { FifoQueue } from "../bounded/fifo-queue.ts";
import type { Lookup } from "../model/lookup.ts";
import { CONNECTION_AFTER_LOOKUP_MICROS } from "../model/waiting-times.ts";
import { type LookupClient, type RecentLookups, type Resolution, typeSet } from "./recent-lookups.ts";

/** A name that was resolved and that no connection followed. */
export interface UnusedLookup {
  readonly type: "resolved";
  readonly client: LookupClient;
  readonly lookup: Lookup;
  /** The question, case-folded. */
  readonly name: string;
}

const MAX_PENDING = 65_536;
/** A and AAAA of one `getaddrinfo` are asked together. */
const SAME_ASKING_MICROS = 2_000_000;
/** Some resolvers (musl) ask several servers the same at once, and each answers. */
const SEVERAL_RESOLVERS_MICROS = 100_000;

/** Names that were resolved: each waits for a connection of its client to what it resolved to. */
export class UnusedLookups {
  readonly #emit: (unused: UnusedLookup) => void;
  readonly #resolutions = new FifoQueue<Resolution>();
  /** Resolutions decided early for want of room. */
  evicted = 0;

  constructor(emit: (unused: UnusedLookup) => void) {
    this.#emit = emit;
  }

  add(recent: RecentLookups, client: LookupClient, lookup: Lookup, name: string, answerMicros: number): void {
    const open = recent.resolutions.get(name);
    const newest = open?.at(-1);
    if (
      newest !== undefined &&
      Math.abs(lookup.queryMicros - newest.lookup.queryMicros) <=
        ((newest.types & typeSet(lookup.type)) !== 0 ? SEVERAL_RESOLVERS_MICROS : SAME_ASKING_MICROS)
    ) {
      newest.types |= typeSet(lookup.type);
      return;
    }
    const resolution = { client, recent, lookup, name, answerMicros, types: typeSet(lookup.type), isUsed: false };
    if (open === undefined) recent.resolutions.set(name, [resolution]);
    else open.push(resolution);
    this.#resolutions.push(resolution);
    if (this.#resolutions.size <= MAX_PENDING) return;
    this.evicted++;
    const oldest = this.#resolutions.shift();
    if (oldest !== undefined) this.#decide(oldest);
  }

  /** The client has connected to what the name resolved to: the newest resolution before it is used. */
  connected(recent: RecentLookups, name: string, synMicros: number): void {
    const open = recent.resolutions.get(name);
    if (open === undefined) return;
    for (let i = open.length - 1; i >= 0; i--) {
      const resolution = open[i];
      if (resolution === undefined || resolution.isUsed || resolution.answerMicros > synMicros) continue;
      resolution.isUsed = true;
      return;
    }
  }

  advance(nowMicros: number): void {
    for (let next = this.#resolutions.first; next !== undefined; next = this.#resolutions.first) {
      if (next.answerMicros + CONNECTION_AFTER_LOOKUP_MICROS > nowMicros) return;
      this.#resolutions.shift();
      this.#decide(next);
    }
  }

  #decide({ client, recent, lookup, name, isUsed }: Resolution): void {
    const open = recent.resolutions.get(name);
    if (open !== undefined && open.length > 1) open.shift();
    else recent.resolutions.delete(name);
    if (!isUsed) this.#emit({ type: "resolved", client, lookup, name });
  }
}
