import { TwoGenerationMap } from "../bounded/two-generation-map.ts";
import { Rcode } from "../model/dns-message.ts";
import type { Lookup } from "../model/lookup.ts";
import type { ClusterNames } from "./cluster-names.ts";
import { type FailedLookup, FailedLookups } from "./failed-lookups.ts";
import { type LookupClient, noLookups, type RecentLookups } from "./recent-lookups.ts";
import { type UnusedLookup, UnusedLookups } from "./unused-lookups.ts";

const MAX_CLIENTS = 8_192;

/**
 * Lookups as evidence of their own: a name resolved that no connection follows, and a name that could not be resolved
 * in any form of the search path. Every attempt to resolve a name counts once, however many questions it took.
 */
export class LookupEvidence {
  readonly #names: ClusterNames;
  readonly #failed: FailedLookups;
  readonly #unused: UnusedLookups;
  readonly #clients = new TwoGenerationMap<string, RecentLookups>(MAX_CLIENTS);

  constructor(names: ClusterNames, emit: (evidence: UnusedLookup | FailedLookup) => void) {
    this.#names = names;
    this.#failed = new FailedLookups(names, emit);
    this.#unused = new UnusedLookups(emit);
  }

  /** Lookups decided early for want of room. */
  get evicted(): number {
    return this.#failed.evicted + this.#unused.evicted;
  }

  /** `name` is the question, case-folded. */
  add(client: LookupClient, lookup: Lookup, name: string): void {
    const recent = this.#recentOf(client.id);
    if (lookup.rcode !== Rcode.noError) {
      this.#failed.add(recent, client, lookup, name);
      return;
    }
    const micros = lookup.answerMicros ?? lookup.queryMicros;
    for (const base of this.#names.searchBases(name, client.namespace)) recent.answered.set(base, micros);
    if (lookup.addresses.length > 0) this.#unused.add(recent, client, lookup, name, micros);
  }

  /** The client has connected to what the name resolved to. */
  connected(clientId: string, name: string, synMicros: number): void {
    const recent = this.#clients.get(clientId);
    if (recent !== undefined) this.#unused.connected(recent, name, synMicros);
  }

  advance(nowMicros: number): void {
    this.#failed.advance(nowMicros);
    this.#unused.advance(nowMicros);
  }

  /** No more facts: decides all that can be decided. */
  finish(): void {
    this.#failed.finish();
    this.#unused.advance(Number.POSITIVE_INFINITY);
  }

  #recentOf(client: string): RecentLookups {
    let recent = this.#clients.get(client);
    if (recent === undefined) {
      recent = noLookups();
      this.#clients.set(client, recent);
    }
    return recent;
  }
}
