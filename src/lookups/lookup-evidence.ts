import { Rcode } from "../model/dns-message.ts";
import type { Lookup } from "../model/lookup.ts";
import type { ResolvedName } from "./address-names.ts";
import { type AskedName, AskedNames } from "./asked-names.ts";
import type { ClusterNames } from "./cluster-names.ts";
import { type FailedLookup, FailedLookups } from "./failed-lookups.ts";
import { decidedMicros } from "./retained-lookup.ts";
import { TruncatedLookups } from "./truncated-lookups.ts";
import { type UnusedLookup, UnusedLookups } from "./unused-lookups.ts";

/**
 * Lookups as evidence of their own: a name resolved that no connection follows, and a name that could not be resolved
 * in any form of the search path, or whose answer came truncated only. Every attempt to resolve a name counts once, however many questions it took.
 */
export class LookupEvidence {
  readonly #asked: AskedNames;
  readonly #failed: FailedLookups;
  readonly #truncated: TruncatedLookups;
  readonly #unused: UnusedLookups;

  constructor(names: ClusterNames, emit: (evidence: UnusedLookup | FailedLookup) => void) {
    this.#asked = new AskedNames(names);
    this.#failed = new FailedLookups(names, emit);
    this.#truncated = new TruncatedLookups(emit);
    this.#unused = new UnusedLookups(emit);
  }

  /** Lookups decided early for want of room. */
  get evicted(): number {
    return this.#failed.evicted + this.#truncated.evicted + this.#unused.evicted;
  }

  /** `clientId`: who asked; `namespace`: whose search path it has, null for host processes. */
  add(clientId: string, namespace: string | null, lookup: Lookup): void {
    const question = this.#asked.ask(clientId, namespace, lookup.name);
    const { bases } = question;
    if (lookup.isTruncated) this.#truncated.add(question, lookup);
    else if (question.truncated !== null) this.#truncated.answered(question, lookup);
    if (lookup.rcode !== Rcode.noError) {
      // A truncated answer that waits for a whole one speaks for this failure too.
      if (question.truncated === null || question.truncated.isSettled) this.#failed.add(question, lookup);
      return;
    }
    const micros = decidedMicros(lookup);
    for (let i = 0; i < bases.length; i++) (bases[i] as AskedName).answeredMicros = micros;
    // Whether the client has taken records of other owners shows only in its connecting to them.
    if (lookup.addresses.length > 0 && !lookup.isTruncated && !lookup.isMisnamed) this.#unused.add(question, lookup);
  }

  /** The client has connected to what the name had resolved to. */
  connected(clientId: string, resolved: ResolvedName, synMicros: number): void {
    const asked = this.#asked.find(clientId, resolved.name);
    if (asked === null) return;
    this.#unused.connected(asked, synMicros);
    if (asked.truncated !== null) this.#truncated.connected(asked.truncated, resolved);
  }

  advance(nowMicros: number): void {
    this.#failed.advance(nowMicros);
    this.#truncated.advance(nowMicros);
    this.#unused.advance(nowMicros);
    this.#asked.advance(nowMicros);
  }

  /** No more facts: decides all that can be decided. */
  finish(): void {
    this.#failed.finish();
    this.#truncated.finish();
    this.#unused.advance(Number.POSITIVE_INFINITY);
  }
}
