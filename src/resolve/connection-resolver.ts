import { type AddressOwner, isNodeOwner, nameScopeOf, OUTSIDE } from "../inventory/addresses/address-owner.ts";
import type { ClusterIndex } from "../inventory/cluster-index.ts";
import type { NodePerspective } from "../inventory/node-perspective.ts";
import type { ResolvedName } from "../lookups/address-names.ts";
import type { AttemptNames } from "../lookups/attempt-names.ts";
import type { Connection } from "../model/connection.ts";
import type { Interaction } from "../model/interaction.ts";
import { Direction } from "../model/packet.ts";
import type { Sight } from "../model/sight.ts";
import { CONNECTION_AFTER_LOOKUP_MICROS } from "../model/waiting-times.ts";
import type { Ends } from "./ends.ts";
import { connectionInteraction } from "./interactions.ts";
import type { LookupResolver } from "./lookup-resolver.ts";
import type { NameMemory } from "./name-memory.ts";
import type { IgnoredFactReason } from "./resolve-counters.ts";
import type { SourceLinks } from "./source-links.ts";
import type { UnlistedClients } from "./unlisted-clients.ts";

export interface ConnectionResolverOptions {
  readonly index: ClusterIndex;
  readonly perspective: NodePerspective;
  readonly unlisted: UnlistedClients;
  readonly ends: Ends;
  readonly names: NameMemory;
  readonly attempts: AttemptNames;
  readonly lookups: LookupResolver;
  readonly sources: SourceLinks;
  readonly node: string | null;
  readonly isReported: (sight: Sight) => boolean;
  readonly isOwnTraffic: (connection: Connection) => boolean;
}

/** Names the ends of one connection attempt; or says that it must wait, or why it is not told. */
export class ConnectionResolver {
  readonly #options: ConnectionResolverOptions;
  /** Of the connection in hand. */
  readonly #sight: { -readonly [K in keyof Sight]: Sight[K] } = {
    timeMicros: Number.NEGATIVE_INFINITY,
    source: OUTSIDE.place,
    destination: OUTSIDE.place,
    isSourceTranslated: false,
    firstDirection: Direction.unknown,
  };

  constructor(options: ConnectionResolverOptions) {
    this.#options = options;
  }

  /** "wait": news may still change it, which `isLast` rules out. */
  resolve(connection: Connection, isLast: boolean): Interaction | IgnoredFactReason | "wait" {
    const { index, perspective, ends, lookups, node } = this.#options;
    const { preNat, postNat, startMicros } = connection;
    const owner = index.ownerOf(preNat.source.address, startMicros);
    const destination = index.ownerOf(postNat.destination.address, startMicros, postNat.destination.port);
    const isSettled =
      isLast ||
      (perspective.isFinal(owner, preNat.source.address, startMicros) &&
        perspective.isFinal(destination, postNat.destination.address, startMicros) &&
        !lookups.mayStillName(owner));
    if (!isSettled) return "wait";

    if (this.#options.sources.isSpoofed(connection.senderLink, owner, startMicros)) return "spoofed_source";
    const dialled =
      preNat.destination === postNat.destination
        ? destination
        : index.ownerOf(preNat.destination.address, startMicros, preNat.destination.port);
    const source = this.#options.unlisted.ofConnection(connection, owner, dialled, destination);
    const clientId = nameScopeOf(source, preNat.source.address);
    const resolved = this.#fixedNameOf(clientId, connection, source);
    if (connection.outcome === "unfinished" || connection.outcome === "repeating") return "unfinished";
    if (isToItself(connection)) return "loopback";
    if (this.#isProbe(connection, source, destination)) return "probe";
    if (this.#options.isOwnTraffic(connection)) return "own_traffic";

    const sight = this.#sight;
    sight.timeMicros = startMicros;
    sight.source = source.place;
    sight.destination = destination.place;
    sight.isSourceTranslated =
      preNat.source.address !== postNat.source.address || preNat.source.port !== postNat.source.port;
    sight.firstDirection = connection.firstDirection;
    if (!this.#options.isReported(sight)) return "reported_elsewhere";
    const client = ends.client(preNat.source.address, source, startMicros);
    const server = ends.server(connection, destination, dialled, resolved);
    return connectionInteraction(connection, client, server, resolved, node);
  }

  /** A kubelet probes the pods of its own node only, on the ports that their specs name; hostNetwork pods over `lo`. */
  #isProbe({ postNat, startMicros }: Connection, source: AddressOwner, destination: AddressOwner): boolean {
    if (!isNodeOwner(source) || (source.type === "node" && source.isRouter)) return false;
    const { address, port } = postNat.destination;
    const pod =
      destination.type === "node"
        ? this.#options.index.podOnNode(destination.node, address, port, startMicros)
        : destination.type === "pod"
          ? destination.pod
          : null;
    return pod !== null && pod.nodeName === source.node && pod.probePorts.includes(port);
  }

  /** What a host process dials, or a pod of another node, is translated before any interface of this node shows it. */
  #isTranslatedOutOfSight(source: AddressOwner): boolean {
    const { node } = this.#options;
    return isNodeOwner(source) || (source.type === "pod" && node !== null && source.pod.nodeName !== node);
  }

  /** The name is found when the first fact of the attempt is there, and stays, however late its verdict comes. */
  #fixedNameOf(clientId: string, connection: Connection, source: AddressOwner): ResolvedName | null {
    const { attempts, lookups } = this.#options;
    const fixed = connection.retries === 0 ? null : attempts.take(clientId, connection);
    if (fixed !== null) return fixed;
    const resolved = this.#nameOf(clientId, connection, source);
    if (resolved === null) return null;
    lookups.connected(clientId, resolved, connection.startMicros);
    if (connection.outcome === "repeating") attempts.keep(clientId, connection, resolved);
    return resolved;
  }

  /**
   * The last name that the client had resolved to what it dialled. Where that was translated out of sight, the names of
   * every Service behind which the server stands count too. A pod of this node whose ClusterIP no interface shows (the
   * socket itself is translated) has asked just before, if it has asked at all.
   */
  #nameOf(clientId: string, connection: Connection, source: AddressOwner): ResolvedName | null {
    const { index } = this.#options;
    const names = this.#options.names.of(source);
    const { preNat, postNat, startMicros } = connection;
    const direct = names.find(clientId, preNat.destination.address, startMicros);
    const isOutOfSight = this.#isTranslatedOutOfSight(source);
    if (!isOutOfSight && (direct !== null || source.type !== "pod")) return direct;
    const { address, port } = postNat.destination;
    const oldestMicros = isOutOfSight ? Number.NEGATIVE_INFINITY : startMicros - CONNECTION_AFTER_LOOKUP_MICROS;
    let best = newer(direct, names.find(clientId, address, startMicros), oldestMicros);
    for (const { clusterAddresses, externalAddresses } of index.services.behind(address, port)) {
      for (const each of clusterAddresses) best = newer(best, names.find(clientId, each, startMicros), oldestMicros);
      for (const each of externalAddresses) best = newer(best, names.find(clientId, each, startMicros), oldestMicros);
    }
    return best;
  }
}

/** The name that was answered later, where `found` is not too old. */
function newer(best: ResolvedName | null, found: ResolvedName | null, oldestMicros: number): ResolvedName | null {
  if (found === null || found.answerMicros < oldestMicros) return best;
  return best === null || found.answerMicros > best.answerMicros ? found : best;
}

/**
 * Who dials the address that it has itself never leaves its own network namespace. By way of its Service it leaves, and
 * comes back translated.
 */
function isToItself({ preNat, postNat }: Connection): boolean {
  return preNat.source.address === preNat.destination.address && preNat.source.address === postNat.source.address;
}
