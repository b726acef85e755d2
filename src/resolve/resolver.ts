/**
 * resolve: first stage of the main process. Gives facts their meaning: the owner of each address at packet time, the
 * name that the client had resolved, and the ends of the interaction. Facts that a cluster update may still change are
 * pending, for a bounded time. Pure: time is packet time, from the fact stream.
 */

import { isLoopbackAddress } from "../inventory/addresses/address-kinds.ts";
import { AttemptNames } from "../lookups/attempt-names.ts";
import { decidedMicros } from "../lookups/lookup-summary.ts";
import type { Connection } from "../model/connection.ts";
import type { Interaction } from "../model/interaction.ts";
import type { Lookup, ResolverQuery } from "../model/lookup.ts";
import type { Sight } from "../model/sight.ts";
import { NAME_SETTLE_MICROS, OWNER_UPDATE_MICROS } from "../model/waiting-times.ts";
import { ConnectionResolver, type OwnConnections } from "./connection-resolver.ts";
import { LookupResolver } from "./lookup-resolver.ts";
import { NameLimits } from "./name-limits.ts";
import { PendingFacts } from "./pending-facts.ts";
import { type ContextOptions, ResolveContext } from "./resolve-context.ts";
import { zeroResolveCounters } from "./resolve-counters.ts";

/** Recognizes the agent's own traffic, to the Collector and to the API server, which is never reported. */
export interface OwnTrafficFilter extends OwnConnections {
  /** For interactions whose evidence is a lookup; false for others. */
  hasLookup(interaction: Interaction): boolean;
}

interface ResolverOptions extends ContextOptions {
  readonly dnsPorts: readonly number[];
  /** Whether this node's agent reports the connection: ends of other connections are not named. */
  readonly isReported: (sight: Sight) => boolean;
  readonly ownTraffic: OwnTrafficFilter | null;
}

/** The outputs of resolve. */
interface ResolveSinks {
  interaction(interaction: Interaction): void;
  resolver(query: ResolverQuery): void;
  /** A fact is decided, and no stage refers to it any more. */
  usedConnection(connection: Connection): void;
  usedLookup(lookup: Lookup): void;
}

const A = 1;
const AAAA = 28;

export class Resolver {
  readonly #dnsPorts: readonly number[];
  readonly #ownTraffic: OwnTrafficFilter | null;
  readonly #sinks: ResolveSinks;
  readonly #context: ResolveContext;
  readonly #lookupResolver: LookupResolver;
  readonly #lookups: PendingFacts<Lookup>;
  readonly #connections: PendingFacts<Connection>;
  readonly #attempts = new AttemptNames();
  readonly #nameLimits: NameLimits;
  readonly counters = zeroResolveCounters();
  /** Lookups among the unfinished facts. */
  #undecided = 0;

  constructor(options: ResolverOptions, sinks: ResolveSinks) {
    const { ownTraffic, isReported } = options;
    const context = new ResolveContext(options);
    const { ignored } = this.counters;
    this.#dnsPorts = options.dnsPorts;
    this.#ownTraffic = ownTraffic;
    this.#sinks = sinks;
    this.#context = context;
    this.#nameLimits = new NameLimits(options.index, options.external);
    const lookups = new LookupResolver(
      context,
      (interaction) => this.#report(interaction),
      (query) => sinks.resolver(query),
    );
    const connections = new ConnectionResolver(context, {
      lookups,
      attempts: this.#attempts,
      isReported,
      ownTraffic,
    });
    this.#lookupResolver = lookups;
    this.#lookups = new PendingFacts((lookup, isLast) => {
      const resolved = lookups.resolve(lookup, isLast);
      if (resolved === "wait") return false;
      if (resolved !== "done") ignored[resolved]++;
      sinks.usedLookup(lookup);
      return true;
    });
    this.#connections = new PendingFacts((connection, isLast) => {
      const resolved = connections.resolve(connection, isLast);
      if (resolved === "wait") return false;
      if (typeof resolved === "string") ignored[resolved]++;
      else this.#report(resolved);
      sinks.usedConnection(connection);
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
      return;
    }
    this.#sinks.usedConnection(connection);
  }

  lookup(lookup: Lookup): void {
    this.counters.lookups++;
    if (lookup.type !== A && lookup.type !== AAAA) {
      this.counters.ignored[lookup.isAsked || lookup.resolver !== null ? "lookup_type" : "unasked_answer"]++;
      this.#sinks.usedLookup(lookup);
      return;
    }
    const micros = decidedMicros(lookup);
    this.#lookupResolver.arrived(lookup);
    this.#lookups.add(lookup, micros, micros + OWNER_UPDATE_MICROS);
  }

  /** Packet time has reached `micros`, and the index has all cluster updates up to then. */
  advance(micros: number): void {
    const { version, updateLag } = this.#context.index;
    const readMicros = updateLag.unreadSince(micros);
    // Lookups first: the connections that follow them need their names.
    this.#lookups.advance(micros, version, readMicros);
    this.#connections.advance(micros, version, readMicros);
    this.#lookupResolver.advance(micros, readMicros);
    this.#countUndecided();
    this.counters.namesEvicted = this.#context.names.evicted + this.#attempts.evicted;
    this.counters.waiting = this.#lookups.size + this.#connections.size;
    this.counters.waitingEvicted = this.#lookups.evicted + this.#connections.evicted + this.#lookupResolver.evicted;
  }

  /** After the last fact: resolves all pending facts. */
  finish(): void {
    this.#lookups.finish();
    this.#connections.finish();
    this.#lookupResolver.finish();
    this.#countUndecided();
    this.counters.waiting = 0;
  }

  /** Packets are missing from here on. */
  interrupt(): void {
    this.#lookupResolver.interrupt();
  }

  #countUndecided(): void {
    const { undecided } = this.#lookupResolver;
    this.counters.ignored.unfinished += undecided - this.#undecided;
    this.#undecided = undecided;
  }

  #report(resolved: Interaction): void {
    if (this.#ownTraffic?.hasLookup(resolved) === true) {
      this.counters.ignored.own_traffic++;
      return;
    }
    const interaction = this.#nameLimits.apply(resolved);
    const { client, server, outcome } = interaction;
    this.counters.interactions++;
    // A computed key costs as much as a look-up.
    if (outcome === "established") this.counters.outcomes.established++;
    else this.counters.outcomes[outcome]++;
    this.counters.externalNamesOverflow = this.#nameLimits.overflow;
    if (client.type === "unresolved" || server.type === "unresolved") this.counters.unresolved++;
    this.#sinks.interaction(interaction);
  }
}
