import { type AddressOwner, isNodeOwner, nameScopeOf, OUTSIDE } from "../inventory/addresses/address-owner.ts";
import type { PodRecord } from "../kubernetes/objects/kubernetes-objects.ts";
import type { ResolvedName } from "../lookups/address-names.ts";
import type { AttemptNames } from "../lookups/attempt-names.ts";
import type { ClientNames } from "../lookups/resolved-names.ts";
import type { Connection } from "../model/connection.ts";
import type { Interaction } from "../model/interaction.ts";
import { Direction } from "../model/packet.ts";
import type { Sight } from "../model/sight.ts";
import { CONNECTION_AFTER_LOOKUP_MICROS } from "../model/waiting-times.ts";
import { isPodAddress, withEndpointAnswer, withoutNat, withoutVoidClaim } from "./believed-nat.ts";
import type { LookupResolver } from "./lookup-resolver.ts";
import { ConnectionFlow, type FlowEvidence } from "./paths/connection-flow.ts";
import type { KnownPath } from "./paths/known-path.ts";
import type { ResolveContext } from "./resolve-context.ts";
import type { IgnoredFactReason } from "./resolve-counters.ts";
import { connectionInteraction } from "./to-interaction.ts";

export interface OwnConnections {
  /** Grows with every change of what it recognizes, beside the changes of the index. */
  readonly version: number;
  /** By the path alone: client address, and destination before and after NAT. */
  hasConnection(connection: Connection): boolean;
}

interface ConnectionResolverOptions {
  readonly lookups: LookupResolver;
  readonly attempts: AttemptNames;
  readonly isReported: (sight: Sight) => boolean;
  readonly ownTraffic: OwnConnections | null;
}

/** Resolves connection attempts: names both ends, or returns why no interaction is made. */
export class ConnectionResolver {
  readonly #context: ResolveContext;
  readonly #options: ConnectionResolverOptions;
  /** Reused for each connection. */
  readonly #sight: { -readonly [K in keyof Sight]: Sight[K] } = {
    timeMicros: Number.NEGATIVE_INFINITY,
    source: OUTSIDE.place,
    destination: OUTSIDE.place,
    isSourceTranslated: false,
    firstDirection: Direction.unknown,
  };
  readonly #evidence: { -readonly [K in keyof FlowEvidence]: FlowEvidence[K] } = {
    path: { version: -1, dialled: OUTSIDE, destination: OUTSIDE },
    source: OUTSIDE,
    isEstablished: false,
    resolved: null,
  };

  constructor(context: ResolveContext, options: ConnectionResolverOptions) {
    this.#context = context;
    this.#options = options;
  }

  /** "wait": a cluster update may still change an owner; never returned when `isLast`. */
  resolve(fact: Connection, isLast: boolean): Interaction | IgnoredFactReason | "wait" {
    const { paths, spoofed, unlisted, node, index } = this.#context;
    const seen = withEndpointAnswer(fact, index);
    const seenPath = paths.of(seen);
    const connection = isPodAddress(seenPath.dialled, seen, index.services) ? withoutNat(seen) : seen;
    const path = connection === seen ? seenPath : paths.of(connection);
    const { preNat, postNat, startMicros } = connection;
    const { owner, kept } = path;
    const owners = withoutVoidClaim(path, connection);
    const { dialled, destination } = owners;
    if (!isLast && !this.#isFinal(path, startMicros)) return "wait";
    if (spoofed.isSpoofed(connection.senderLink, owner, startMicros, kept)) return "spoofed_source";
    const source = unlisted.ofConnection(connection, owner, dialled, destination);
    const clientId = source === owner ? path.clientId : nameScopeOf(source, preNat.source.address);
    const names = kept !== null && source === owner ? kept.names : null;
    const resolved = this.#nameAtSyn(clientId, connection, source, names);
    if (connection.outcome === "unfinished" || connection.outcome === "repeating") return "unfinished";
    if (isToItself(connection)) return "loopback";
    if (this.#isProbe(connection, source, destination)) return "probe";
    if (this.#isOwnTraffic(path, connection)) return "own_traffic";

    const sight = this.#sight;
    sight.timeMicros = startMicros;
    sight.source = source.place;
    sight.destination = destination.place;
    sight.isSourceTranslated =
      preNat.source.address !== postNat.source.address || preNat.source.port !== postNat.source.port;
    sight.firstDirection = connection.firstDirection;
    if (!this.#options.isReported(sight)) return "reported_elsewhere";
    const evidence = this.#evidence;
    evidence.path = owners;
    evidence.source = source;
    evidence.isEstablished = connection.outcome === "established";
    evidence.resolved = resolved;
    const flow = path.flowOf(evidence, startMicros) ?? this.#findFlow(path, connection, evidence);
    return connectionInteraction(connection, flow, resolved, node);
  }

  #isFinal({ owner, finality }: KnownPath, startMicros: number): boolean {
    return this.#context.perspective.isFinalAt(finality, startMicros) && !this.#options.lookups.mayStillName(owner);
  }

  #isOwnTraffic(path: KnownPath, connection: Connection): boolean {
    const { ownTraffic } = this.#options;
    if (ownTraffic === null) return false;
    const { version } = ownTraffic;
    if (path.ownTrafficVersion !== version) {
      path.ownTrafficVersion = version;
      path.isOwnTraffic = ownTraffic.hasConnection(connection);
    }
    return path.isOwnTraffic;
  }

  #findFlow(path: KnownPath, connection: Connection, evidence: FlowEvidence): ConnectionFlow {
    const { from } = path;
    const { source, resolved } = evidence;
    const { dialled, destination } = evidence.path;
    const { address } = connection.preNat.source;
    const { startMicros } = connection;
    const client =
      from.clientEnd(source, startMicros) ??
      from.keepClientEnd(source, this.#context.ends.client(address, source, startMicros));
    const isProven =
      resolved === null ||
      destination.type !== "outside" ||
      this.#context.proof.isProven(resolved, connection.postNat.destination.address, evidence.isEstablished);
    const server = this.#context.ends.server(connection, { ...evidence, isProven });
    const name = resolved === null || !isProven ? null : resolved.name;
    const dialledService = this.#context.dialled.ofConnection(connection, dialled, name);
    // What was dialed at a node depends on what listened there at that moment.
    const leastMicros = isNodeOwner(dialled) ? Number.POSITIVE_INFINITY : server.fromMicros;
    const fromMicros = Math.max(client.fromMicros, leastMicros);
    const toMicros = Math.min(client.toMicros, server.toMicros);
    return path.keep(new ConnectionFlow(evidence, { client, server, dialledService, fromMicros, toMicros }));
  }

  /** The kubelet probes only pods of its own node, on the ports in their specs; hostNetwork pods over `lo`. */
  #isProbe({ postNat, startMicros }: Connection, source: AddressOwner, destination: AddressOwner): boolean {
    if (!isNodeOwner(source) || (source.type === "node" && source.isRouter)) return false;
    const { address, port } = postNat.destination;
    const isProbed = (pod: PodRecord) => pod.nodeName === source.node && pod.probePorts.includes(port);
    switch (destination.type) {
      case "node": {
        const pod = this.#context.index.podOnNode(destination.node, address, port, startMicros);
        return pod !== null && isProbed(pod);
      }
      case "pod":
      // The kubelet goes on until it has seen that the containers have ended.
      case "ended-pod":
        return isProbed(destination.pod);
      case "ambiguous":
        return destination.pods.some(isProbed);
      default:
        return false;
    }
  }

  /** Destinations of host processes and of pods of other nodes are translated before any interface of this node. */
  #isTranslatedUnseen(source: AddressOwner): boolean {
    const { node } = this.#context;
    return isNodeOwner(source) || (source.type === "pod" && node !== null && source.pod.nodeName !== node);
  }

  /**
   * The name is chosen with the first fact of the attempt, and stays until its verdict, which may come minutes later.
   */
  #nameAtSyn(
    clientId: string,
    connection: Connection,
    source: AddressOwner,
    last: ClientNames | null,
  ): ResolvedName | null {
    const { attempts, lookups } = this.#options;
    const kept = connection.retries === 0 ? null : attempts.take(clientId, connection);
    if (kept !== null) return kept;
    const resolved = this.#nameOf(clientId, connection, source, last);
    if (resolved === null) return null;
    lookups.connected(clientId, resolved, connection.startMicros);
    if (connection.outcome === "repeating") attempts.keep(clientId, connection, resolved);
    return resolved;
  }

  /**
   * The last name that the client had resolved to the dialed address. If NAT happened before any interface of this
   * node, the first sighting is of an endpoint, and names of every Service that has it count too. For a pod of this
   * node with translated sockets (eBPF), only recent names count.
   */
  #nameOf(
    clientId: string,
    connection: Connection,
    source: AddressOwner,
    last: ClientNames | null,
  ): ResolvedName | null {
    const { index } = this.#context;
    const names = this.#context.names.of(source);
    const { startMicros } = connection;
    const { address, port } = connection.preNat.destination;
    const direct = names.find(clientId, address, startMicros, last);
    const isUnseen = this.#isTranslatedUnseen(source);
    if (!isUnseen && (direct !== null || source.type !== "pod")) return direct;
    const oldestMicros = isUnseen ? Number.NEGATIVE_INFINITY : startMicros - CONNECTION_AFTER_LOOKUP_MICROS;
    let best = direct;
    for (const { clusterAddresses, balancerAddresses, claimedAddresses } of index.services.behind(address, port)) {
      for (const each of clusterAddresses) best = newer(best, names.find(clientId, each, startMicros), oldestMicros);
      for (const each of balancerAddresses) best = newer(best, names.find(clientId, each, startMicros), oldestMicros);
      for (const each of claimedAddresses) best = newer(best, names.find(clientId, each, startMicros), oldestMicros);
    }
    return best;
  }
}

/** The later answer of both, if `found` is not too old. */
function newer(best: ResolvedName | null, found: ResolvedName | null, oldestMicros: number): ResolvedName | null {
  if (found === null || found.answerMicros < oldestMicros) return best;
  return best === null || found.answerMicros > best.answerMicros ? found : best;
}

/**
 * A client that dials its own address stays in its network namespace. Through its Service, the source is translated.
 */
function isToItself({ preNat, postNat }: Connection): boolean {
  return preNat.source.address === preNat.destination.address && preNat.source.address === postNat.source.address;
}
