/**
 * resolve: first stage of the main process. Gives wire facts their meaning: whose address it was at packet time, which
 * name the client had looked up, which ends are drawn. What cannot be known yet waits for the news, for a bounded time.
 * Pure: time is packet time, told by the fact stream.
 */

import { AddressKinds, isLoopbackAddress } from "../inventory/addresses/address-kinds.ts";
import type { ExternalNames } from "../inventory/addresses/external-names.ts";
import type { ClusterIndex } from "../inventory/cluster-index.ts";
import { NodePerspective } from "../inventory/node-perspective.ts";
import { AttemptNames } from "../lookups/attempt-names.ts";
import type { ClusterNames } from "../lookups/cluster-names.ts";
import { decidedMicros } from "../lookups/retained-lookup.ts";
import type { Connection } from "../model/connection.ts";
import type { Interaction } from "../model/interaction.ts";
import type { Lookup } from "../model/lookup.ts";
import type { Sight } from "../model/sight.ts";
import { NAME_SETTLE_MICROS, OWNER_UPDATE_MICROS } from "../model/waiting-times.ts";
import { ConnectionResolver } from "./connection-resolver.ts";
import { DrawnNames } from "./drawn-names.ts";
import { Ends } from "./ends.ts";
import { LookupResolver } from "./lookup-resolver.ts";
import { NameMemory } from "./name-memory.ts";
import { PendingFacts } from "./pending-facts.ts";
import { zeroResolveCounters } from "./resolve-counters.ts";
import { SourceLinks } from "./source-links.ts";
import { UnlistedClients } from "./unlisted-clients.ts";

/** Recognizes the agent's own traffic, to the Collector and to the API server, which is never reported. */
export interface OwnTrafficFilter {
  hasConnection(connection: Connection): boolean;
  /** For interactions whose evidence is a lookup; false for others. */
  hasLookup(interaction: Interaction): boolean;
}

export interface ResolverOptions {
  readonly index: ClusterIndex;
  readonly names: ClusterNames;
  readonly external: ExternalNames;
  /** Node that the packets were captured on; null: unknown, so everything observed is reported. */
  readonly node: string | null;
  readonly dnsPorts: readonly number[];
  /** Whether this node's agent reports the connection: ends of other connections are not named. */
  readonly isReported: (sight: Sight) => boolean;
  readonly ownTraffic: OwnTrafficFilter | null;
}

const A = 1;
const AAAA = 28;

export class Resolver {
  readonly #index: ClusterIndex;
  readonly #dnsPorts: readonly number[];
  readonly #ownTraffic: OwnTrafficFilter | null;
  readonly #emit: (interaction: Interaction) => void;
  readonly #lookupResolver: LookupResolver;
  readonly #lookups: PendingFacts<Lookup>;
  readonly #connections: PendingFacts<Connection>;
  readonly #names = new NameMemory();
  readonly #attempts = new AttemptNames();
  readonly #drawnNames: DrawnNames;
  readonly counters = zeroResolveCounters();

  constructor(options: ResolverOptions, emit: (interaction: Interaction) => void) {
    const { index, external, node, ownTraffic } = options;
    this.#index = index;
    this.#dnsPorts = options.dnsPorts;
    this.#ownTraffic = ownTraffic;
    this.#emit = emit;
    this.#drawnNames = new DrawnNames(index, external);
    const ends = new Ends(index, options.names, external);
    const kinds = new AddressKinds(external);
    const perspective = new NodePerspective(index, kinds, node);
    const unlisted = new UnlistedClients(index, kinds, node);
    const names = this.#names;
    const sources = new SourceLinks(index, node);
    const lookups = new LookupResolver(
      { index, perspective, unlisted, kinds, ends, names, clusterNames: options.names, sources, node },
      (interaction) => this.#report(interaction),
    );
    this.#lookupResolver = lookups;
    const connections = new ConnectionResolver({
      index,
      perspective,
      unlisted,
      ends,
      names,
      attempts: this.#attempts,
      lookups,
      sources,
      node,
      isReported: options.isReported,
      isOwnTraffic: (connection) => ownTraffic?.hasConnection(connection) === true,
    });
    const { ignored } = this.counters;
    this.#lookups = new PendingFacts((lookup, isLast) => {
      const resolved = lookups.resolve(lookup, isLast);
      if (resolved === "wait") return false;
      if (resolved !== "done") ignored[resolved]++;
      return true;
    });
    this.#connections = new PendingFacts((connection, isLast) => {
      const resolved = connections.resolve(connection, isLast);
      if (resolved === "wait") return false;
      if (typeof resolved === "string") ignored[resolved]++;
      else this.#report(resolved);
      return true;
    });
  }

  connection(connection: Connection): void {
    this.counters.connections++;
    const { source, destination } = connection.preNat;
    if (this.#dnsPorts.includes(destination.port)) {
      this.counters.ignored.dns_transport++;
    } else if (isLoopbackAddress(source.address) || isLoopbackAddress(destination.address)) {
      this.counters.ignored.loopback++;
    } else {
      const start = connection.startMicros;
      this.#connections.add(connection, start + NAME_SETTLE_MICROS, start + OWNER_UPDATE_MICROS);
    }
  }

  lookup(lookup: Lookup): void {
    this.counters.lookups++;
    if (lookup.type !== A && lookup.type !== AAAA) {
      this.counters.ignored[lookup.isAsked || lookup.resolver !== null ? "lookup_type" : "unasked_answer"]++;
      return;
    }
    const micros = decidedMicros(lookup);
    this.#lookups.add(lookup, micros, micros + OWNER_UPDATE_MICROS);
  }

  /** Packet time has come to `micros`, and the index knows all news up to then. */
  advance(micros: number): void {
    // Lookups first: the names that they give are those of the connections behind them.
    this.#lookups.advance(micros, this.#index.version);
    this.#connections.advance(micros, this.#index.version);
    this.#lookupResolver.advance(micros);
    this.counters.namesEvicted = this.#names.evicted + this.#attempts.evicted;
    this.counters.waiting = this.#lookups.size + this.#connections.size;
    this.counters.waitingEvicted = this.#lookups.evicted + this.#connections.evicted + this.#lookupResolver.evicted;
  }

  /** No more facts: decides all that waits. */
  finish(): void {
    this.#lookups.finish();
    this.#connections.finish();
    this.#lookupResolver.finish();
    this.counters.waiting = 0;
  }

  #report(resolved: Interaction): void {
    if (this.#ownTraffic?.hasLookup(resolved) === true) {
      this.counters.ignored.own_traffic++;
      return;
    }
    const interaction = this.#drawnNames.drawn(resolved);
    const { client, server, outcome } = interaction;
    this.counters.interactions++;
    this.counters.outcomes[outcome]++;
    this.counters.externalNamesOverflow = this.#drawnNames.overflow;
    if (client.type === "unresolved" || server.type === "unresolved") this.counters.unresolved++;
    this.#emit(interaction);
  }
}
