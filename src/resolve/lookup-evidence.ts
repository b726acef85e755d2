import { Rcode } from "../model/dns-message.ts";
import type { Lookup } from "../model/lookup.ts";
import type { ResolvedName } from "./address-names.ts";
import { type AskedName, AskedNames } from "./asked-names.ts";
import type { ClusterNames } from "./cluster-names.ts";
import { type FailedLookup, FailedLookups } from "./failed-lookups.ts";
import { decidedMicros } from "./kept-lookup.ts";
import { type UnusedLookup, UnusedLookups } from "./unused-lookups.ts";

/**
 * Lookups as evidence of their own: a name resolved that no connection follows, and a name that could not be resolved
 * in any form of the search path. Every attempt to resolve a name counts once, however many questions it took.
 */
export class LookupEvidence {
  readonly #asked: AskedNames;
  readonly #failed: FailedLookups;
  readonly #unused: UnusedLookups;

  constructor(names: ClusterNames, emit: (evidence: UnusedLookup | FailedLookup) => void) {
    this.#asked = new AskedNames(names);
    this.#failed = new FailedLookups(names, emit);
    this.#unused = new UnusedLookups(emit);
  }

  /** Lookups decided early for want of room. */
  get evicted(): number {
    return this.#failed.evicted + this.#unused.evicted;
  }

  /** `clientId`: who asked; `namespace`: whose search path it has, null for host processes. */
  add(clientId: string, namespace: string | null, lookup: Lookup): void {
    const question = this.#asked.ask(clientId, namespace, lookup.name);
    if (lookup.rcode !== Rcode.noError) {
      this.#failed.add(question, lookup);
      return;
    }
    const micros = decidedMicros(lookup);
    const { bases } = question;
    for (let i = 0; i < bases.length; i++) (bases[i] as AskedName).answeredMicros = micros;
    if (lookup.addresses.length > 0) this.#unused.add(question, lookup);
  }

  /** The client has connected to what the name had resolved to. */
  connected(clientId: string, { name }: ResolvedName, synMicros: number): void {
    const asked = this.#asked.find(clientId, name);
    if (asked !== null) this.#unused.connected(asked, synMicros);
  }

  advance(nowMicros: number): void {
    this.#failed.advance(nowMicros);
    this.#unused.advance(nowMicros);
    this.#asked.advance(nowMicros);
  }

  /** No more facts: decides all that can be decided. */
  finish(): void {
    this.#failed.finish();
    this.#unused.advance(Number.POSITIVE_INFINITY);
  }
}
