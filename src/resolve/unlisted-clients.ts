import { GenerationalCache } from "../bounded/generational-cache.ts";
import type { AddressKinds } from "../inventory/addresses/address-kinds.ts";
import {
  type AddressOwner,
  isNodeOwner,
  nodeOwner,
  UNLISTED_SOMEWHERE,
  unlistedOwner,
} from "../inventory/addresses/address-owner.ts";
import type { ClusterIndex } from "../inventory/cluster-index.ts";
import type { Connection } from "../model/connection.ts";
import type { Lookup } from "../model/lookup.ts";
import { Direction } from "../model/packet.ts";
import { UNLISTED_MEMORY_MICROS } from "../model/waiting-times.ts";
import { UnownedAddresses } from "./unowned-addresses.ts";

const MAX_ADDRESSES = 4_096;

/** The owner that packets of an address have shown, and when. */
interface Sighting {
  readonly owner: AddressOwner;
  readonly micros: number;
}

/**
 * Clients at an address without a known owner, or with only that of its pod range: pods that ended before the cluster
 * file was made, pods of networks without a fixed range, additional interfaces, egress of the other IP version,
 * additional addresses of the node. Packets show what the cluster does not:
 *
 * - A frame leaves this node and had not arrived: the client is on the node. To a pod of the node, it is the node
 *   itself.
 * - A frame arrives and leaves masqueraded as the node, to the dialed destination: the client is behind the node.
 *   Clients from outside are masqueraded only to destinations behind an address of the node or of a load balancer.
 * - The client dials a ClusterIP, or queries a DNS server at one: only clients inside dial cluster addresses.
 * - The connection passes through to a pod of another node, or to outside: a client from outside would go there
 *   directly.
 *
 * A public address is inside by the first two only. A client that dials a node port or a load balancer is outside,
 * unless its address was seen inside before.
 */
export class UnlistedClients {
  readonly #index: ClusterIndex;
  readonly #kinds: AddressKinds;
  readonly #node: string | null;
  readonly #here: AddressOwner;
  readonly #seen = new GenerationalCache<string, Sighting>(MAX_ADDRESSES);
  readonly #unowned: UnownedAddresses;

  /** `node`: the node of the capture; null if unknown. */
  constructor(index: ClusterIndex, kinds: AddressKinds, node: string | null) {
    this.#index = index;
    this.#kinds = kinds;
    this.#node = node;
    this.#unowned = new UnownedAddresses(index, kinds);
    this.#here = node === null ? UNLISTED_SOMEWHERE : unlistedOwner(node);
  }

  /**
   * The client of a connection. The other owners are those of the cluster index; `dialled` has the destination before
   * NAT.
   */
  ofConnection(
    connection: Connection,
    source: AddressOwner,
    dialled: AddressOwner,
    destination: AddressOwner,
  ): AddressOwner {
    switch (source.type) {
      case "outside":
        return this.#index.isEmpty ? source : this.#ofUnowned(connection, source, dialled, destination);
      case "service":
        // The address is on an interface of the node, so packets of the node itself may have it.
        return connection.firstDirection === Direction.outgoing
          ? (this.#index.nodes.ownAt(connection.preNat.source.address) ?? source)
          : source;
      case "unlisted":
        return this.#ofUnlisted(connection, source, destination);
      case "pod-range":
        // Packets of the node itself arrive only on `lo`.
        return source.node === this.#node &&
          connection.firstDirection === Direction.incoming &&
          !isNodeOwner(destination)
          ? unlistedOwner(source.node)
          : source;
      default:
        return source;
    }
  }

  /** The client of a lookup. `client` is the owner of the cluster index. */
  ofLookup({ client: { address }, resolver, queryMicros }: Lookup, client: AddressOwner): AddressOwner {
    if (client.type !== "outside" || this.#index.isEmpty || this.#unowned.at(address).isOutside) return client;
    if (resolver !== null && this.#unowned.at(address).mayBeInside) {
      const server = this.#index.ownerOf(resolver.address, queryMicros, resolver.port);
      if (this.#isInside(resolver.address, server)) this.#remember(address, this.#here, queryMicros);
      else if (server.type === "pod" && this.#index.servesDns(server.pod)) {
        // A query to a server on another node comes from this node; a query to a server here may come from any node.
        this.#remember(address, this.#isElsewhere(server) ? this.#here : UNLISTED_SOMEWHERE, queryMicros);
      }
    }
    return this.remembered(address, client, queryMicros);
  }

  /** The owner that packets have shown, for an address without a known one. */
  remembered(address: string, owner: AddressOwner, micros: number): AddressOwner {
    if (owner.type !== "outside" || this.#seen.size === 0) return owner;
    const seen = this.#seen.get(address);
    if (seen === undefined || micros - seen.micros > UNLISTED_MEMORY_MICROS) return owner;
    return seen.owner;
  }

  #ofUnowned(
    connection: Connection,
    source: AddressOwner,
    dialled: AddressOwner,
    destination: AddressOwner,
  ): AddressOwner {
    const { preNat, firstDirection, startMicros } = connection;
    const { address } = preNat.source;
    const unowned = this.#unowned.at(address);
    if (unowned.isOutside) return source;
    if (firstDirection === Direction.incoming) unowned.hasArrived = true;
    else if (firstDirection === Direction.outgoing && !unowned.hasArrived) {
      return this.#ofLeaving(connection, source, destination);
    }
    if (this.#isBehindNode(connection, dialled, destination)) return this.#rememberHere(address, startMicros);
    const remembered = this.remembered(address, source, startMicros);
    if (remembered !== source) return remembered;
    const isDialledItself = dialled === destination && !isNodeOwner(destination);
    return isDialledItself && this.#mayBeUnlistedPod(address) ? UNLISTED_SOMEWHERE : source;
  }

  /** The frame leaves the node and had not arrived. */
  #ofLeaving(
    { preNat, postNat, startMicros }: Connection,
    source: AddressOwner,
    destination: AddressOwner,
  ): AddressOwner {
    const { address } = preNat.source;
    const seen = this.remembered(address, source, startMicros);
    if (seen.type === "node") return seen;
    const node = this.#nodeOf(destination);
    if (node === null) return this.#rememberHere(address, startMicros);
    if (!this.#unowned.at(address).mayBeInside) return source;
    // The node of the capture may be unknown; but the kubelet probes only pods of its own node.
    const isProbe = destination.type === "pod" && destination.pod.probePorts.includes(postNat.destination.port);
    if (this.#node === null && !isProbe && !this.#kinds.isLinkLocal(address)) {
      return this.#remember(address, UNLISTED_SOMEWHERE, startMicros);
    }
    return this.#remember(address, nodeOwner(node), startMicros);
  }

  /** An unreported pod; or the node itself, with an address that its CNI does not report (`cilium_host`). */
  #ofUnlisted({ firstDirection }: Connection, source: AddressOwner, destination: AddressOwner): AddressOwner {
    const node = firstDirection === Direction.outgoing ? this.#nodeOf(destination) : null;
    return node !== null && source.place.type === "pod" && source.place.node === node ? nodeOwner(node) : source;
  }

  #isBehindNode(connection: Connection, dialled: AddressOwner, destination: AddressOwner): boolean {
    const { preNat, postNat, firstDirection, startMicros } = connection;
    const { address } = preNat.source;
    const isUntranslated = preNat.destination.address === postNat.destination.address;
    const isMasqueraded =
      address !== postNat.source.address && this.#isOwnNode(this.#index.ownerOf(postNat.source.address, startMicros));
    if (isMasqueraded && isUntranslated && dialled.type === "outside") return true;
    if (!this.#unowned.at(address).mayBeInside) return false;
    if (this.#isInside(preNat.destination.address, dialled)) return true;
    if (firstDirection !== Direction.incoming) return false;
    if (this.#kinds.isIpv4LinkLocal(address)) return true;
    if (!isUntranslated || isEntry(dialled, preNat.destination.address)) return false;
    return this.#isElsewhere(destination) || (isMasqueraded && destination.place.type === "pod");
  }

  /** Whether only clients inside the cluster reach the address: a ClusterIP, a node-local cache. */
  #isInside(address: string, owner: AddressOwner): boolean {
    return owner.type === "service"
      ? owner.service.clusterAddresses.includes(address)
      : this.#kinds.isIpv4LinkLocal(address);
  }

  /** Whether a client from outside would reach the destination without passing this node. */
  #isElsewhere({ place }: AddressOwner): boolean {
    switch (place.type) {
      case "external":
        return true;
      case "pod":
      case "node":
        return this.#node !== null && place.node !== null && place.node !== this.#node;
      default:
        return false;
    }
  }

  /** A cluster file has the pods of one moment only. */
  #mayBeUnlistedPod(address: string): boolean {
    return !this.#index.isWatchingPods && this.#index.isNearPods(address);
  }

  /** The node of a destination that is a pod of this node; else null. */
  #nodeOf({ type, place }: AddressOwner): string | null {
    if ((type !== "pod" && type !== "ended-pod") || place.type !== "pod" || place.node === null) return null;
    return this.#isThisNode(place.node) ? place.node : null;
  }

  #isOwnNode(owner: AddressOwner): boolean {
    return isNodeOwner(owner) && this.#isThisNode(owner.node);
  }

  #isThisNode(node: string): boolean {
    return this.#node === null || node === this.#node;
  }

  /** A public address may be spoofed, with its true owner outside: its owner is not remembered. */
  #rememberHere(address: string, micros: number): AddressOwner {
    return this.#unowned.at(address).mayBeInside ? this.#remember(address, this.#here, micros) : this.#here;
  }

  /** A node that is already remembered stays. */
  #remember(address: string, owner: AddressOwner, micros: number): AddressOwner {
    const seen = this.#seen.get(address);
    const kept = owner === UNLISTED_SOMEWHERE && seen !== undefined ? seen.owner : owner;
    this.#seen.set(address, { owner: kept, micros });
    return kept;
  }
}

/** Whether clients from outside enter the cluster at the address. */
function isEntry(owner: AddressOwner, address: string): boolean {
  return isNodeOwner(owner) || (owner.type === "service" && !owner.service.clusterAddresses.includes(address));
}
