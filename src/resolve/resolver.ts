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

export interface ResolverOptions {
  readonly index: ClusterIndex;
  readonly names: ClusterNames;
  readonly external: ExternalNames;
  /** Node whose agent this is; null when there is none: then everything that is seen is told. */
  readonly node: string | null;
  readonly dnsPorts: readonly number[];
  /** Which connections this node tells of; what it does not tell is not named either. */
  readonly isReported: (sight: Sight) => boolean;
  /** Own traffic of this node that is never drawn: to the Collector, to the API server. */
  readonly isOwnTraffic?: (connection: Connection) => boolean;
}

const A = 1;
const AAAA = 28;

export class Resolver {
  readonly #index: ClusterIndex;
  readonly #dnsPorts: readonly number[];
  readonly #emit: (interaction: Interaction) => void;
  readonly #lookupResolver: LookupResolver;
  readonly #lookups: PendingFacts<Lookup>;
  readonly #connections: PendingFacts<Connection>;
  readonly #names = new NameMemory();
  readonly #attempts = new AttemptNames();
  readonly #drawnNames: DrawnNames;
  readonly counters = zeroResolveCounters();

  constructor(options: ResolverOptions, emit: (interaction: Interaction) => void) {
    const { index, external, node } = options;
    this.#index = index;
    this.#dnsPorts = options.dnsPorts;
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
      (interaction) => this.#tell(interaction),
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
      isOwnTraffic: options.isOwnTraffic ?? (() => false),
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
      else this.#tell(resolved);
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

  #tell(told: Interaction): void {
    const interaction = this.#drawnNames.drawn(told);
    const { client, server } = interaction;
    this.counters.interactions++;
    this.counters.externalNamesOverflow = this.#drawnNames.overflow;
    if (client.type === "unresolved" || server.type === "unresolved") this.counters.unresolved++;
    this.#emit(interaction);
  }
}
