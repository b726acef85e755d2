import { EVICTED } from "../bounded/partitioned-cache.ts";
import { Rcode } from "../model/dns-message.ts";
import type { Lookup } from "../model/lookup.ts";
import type { ResolvedName } from "./address-names.ts";
import { CaptureGaps } from "./capture-gaps.ts";
import type { ClusterDomain } from "./cluster-domain.ts";
import { type FailedLookup, FailedLookups } from "./failed-lookups.ts";
import { decidedMicros } from "./lookup-summary.ts";
import { type DnsClient, isQueried, type QueriedName, QueriedNames, type Query } from "./queried-names.ts";
import { TruncatedLookups } from "./truncated-lookups.ts";
import { type UnusedLookup, UnusedLookups } from "./unused-lookups.ts";

/**
 * Lookups that are evidence without a connection: a name that was resolved and not used, a name that was not resolved
 * with any suffix of the search path, and a name with only a truncated answer. Each call of a resolver counts once,
 * however many queries it sent.
 */
export class LookupEvidence {
  readonly #domain: ClusterDomain;
  readonly #queried: QueriedNames;
  readonly #gaps = new CaptureGaps();
  readonly #failed: FailedLookups;
  readonly #truncated: TruncatedLookups;
  readonly #unused: UnusedLookups;
  #nowMicros = Number.NEGATIVE_INFINITY;

  constructor(domain: ClusterDomain, emit: (evidence: UnusedLookup | FailedLookup) => void) {
    this.#domain = domain;
    this.#queried = new QueriedNames(domain);
    const gaps = this.#gaps;
    this.#failed = new FailedLookups({ domain, table: this.#queried.searches, gaps }, emit);
    this.#truncated = new TruncatedLookups(gaps, emit);
    this.#unused = new UnusedLookups(gaps, emit);
  }

  /** Lookups decided early because a table was full. */
  get evicted(): number {
    return this.#failed.evicted + this.#truncated.evicted + this.#unused.evicted;
  }

  /** Lookups that the packets do not decide, since those that followed are missing. */
  get undecided(): number {
    return this.#failed.undecided + this.#truncated.undecided + this.#unused.undecided;
  }

  /**
   * Returns the client. `clientId`: its identity; `namespace`: that of its search path, null for host processes; `last`:
   * what the last call for it returned.
   */
  add(clientId: string, namespace: string | null, lookup: Lookup, last: DnsClient | null = null): DnsClient {
    const query = this.#queried.query(clientId, namespace, lookup.name, last);
    this.#add(query, lookup);
    return query.client;
  }

  /** Whether questions of the time before the capture may still be open at `micros`. */
  isNearStart(micros: number): boolean {
    return this.#gaps.isNearStart(micros);
  }

  /**
   * The client got an answer at `micros` to a question of the time before the capture. What it asks for the name at that time is
   * part of a call that began before: its connection may use what that answer said. Where a DNS server on a node gave the answer,
   * that node is such a client, as its question upstream may be the server's.
   */
  begunBefore(clientId: string, namespace: string | null, name: string, micros: number): void {
    this.#queried.query(clientId, namespace, name).begunBeforeMicros = micros;
  }

  #add(query: Query, lookup: Lookup): void {
    if (lookup.isTruncated) this.#truncated.add(query, lookup);
    else if (query.truncated !== null) this.#truncated.answered(query, lookup);
    if (lookup.rcode !== Rcode.noError) {
      // A pending truncated answer already covers this failure.
      if (query.truncated !== null && !query.truncated.isSettled) return;
      const unreceived = this.#unreceived(query, lookup);
      if (unreceived !== null) this.#failed.add(unreceived, lookup);
      this.#failed.add(query, lookup);
      return;
    }
    // The name may have addresses of the other type, or the server refers to other servers (RFC 2308 §2): nothing follows.
    if (lookup.addresses.length === 0 && !lookup.isTruncated) return;
    this.#queried.searches.answer(query.id, decidedMicros(lookup));
    // Only a connection shows whether the client accepts records with another owner name.
    if (!lookup.isTruncated && !lookup.isMisnamed) this.#unused.add(query, lookup);
  }

  /**
   * The name in the client's namespace, if it was resolved before this query for its first label alone, and not used. A
   * resolver goes on along its search path only without an answer, so what was seen did not reach it.
   */
  #unreceived({ client, name }: Query, { queryMicros }: Lookup): Query | null {
    const { namespace } = client;
    if (namespace === null || name.includes(".")) return null;
    const own = client.entries.get(this.#domain.inNamespace(name, namespace));
    if (own === undefined || !isQueried(own)) return null;
    if (!this.#unused.discard(own, queryMicros)) return null;
    this.#queried.searches.answer(own.id, Number.NEGATIVE_INFINITY);
    return own;
  }

  /** The client connected to an address of the name. */
  connected(clientId: string, resolved: ResolvedName, synMicros: number): void {
    const queried = this.#recordOf(clientId, resolved);
    if (queried === null) return;
    this.#unused.connected(queried, synMicros);
    if (queried.truncated !== null) this.#truncated.connected(queried.truncated, resolved.answerMicros);
  }

  #recordOf(clientId: string, { name, source }: ResolvedName): QueriedName | null {
    const known = source?.queried ?? null;
    if (known !== null && known.generation !== EVICTED) return known;
    const found = this.#queried.find(clientId, name);
    if (source !== undefined) source.queried = found;
    return found;
  }

  /** Connections that were seen up to `readMicros` have been resolved, as far as they ever are. */
  advance(nowMicros: number, readMicros = nowMicros): void {
    this.#nowMicros = nowMicros;
    this.#gaps.advance(nowMicros);
    this.#failed.advance(readMicros);
    this.#truncated.advance(readMicros);
    this.#unused.advance(readMicros);
    this.#queried.advance(nowMicros);
  }

  /** Packets are missing from here on. */
  interrupt(): void {
    this.#gaps.begin(this.#nowMicros);
  }

  /** After the last fact: decides everything that can be decided. */
  finish(): void {
    this.interrupt();
    this.#failed.finish();
    this.#truncated.finish();
    this.#unused.finish();
  }
}
