import { TwoGenerationMap } from "../bounded/two-generation-map.ts";
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

const MAX_ADDRESSES = 4_096;

/** What an address of nobody tells by itself, as far as the cluster is known. */
interface Stranger {
  /** Of the index, when it was looked at. */
  version: number;
  /** It is said to be outside. */
  isOutside: boolean;
  mayBeInside: boolean;
  /** Packets of it came in: where such a one seems to be sent outwards first, its first frame was lost. */
  hasArrived: boolean;
}

/** Whose packets have shown an address of nobody to be, and when. */
interface Seen {
  readonly owner: AddressOwner;
  readonly micros: number;
}

/**
 * Who dialled or asked, where nobody is known to have the address, or where its pod range alone tells whose it is: pods
 * that ended before the cluster file was made, pods of networks that keep to no range, further interfaces, egress of the
 * other address family, further addresses of the node. Packets show what the cluster does not tell:
 *
 * - Sent outwards by this node without having come in: something on the node. To a pod of the node it is the node itself.
 * - Came in and left with an address of the node, for the destination that was dialled: something behind the node. Who
 *   comes from outside is masqueraded only towards what stands behind an address of the node or of a balancer.
 * - Dialled a ClusterIP, or asked a DNS server at one: cluster addresses are dialled from inside.
 * - Passed through to a pod of another node, or to outside: who comes from outside would have gone there directly.
 *
 * A public address is inside by the first two only. Who dials a node port or a balancer's address is outside, unless the
 * same address was seen inside before.
 */
export class UnlistedClients {
  readonly #index: ClusterIndex;
  readonly #kinds: AddressKinds;
  readonly #node: string | null;
  readonly #here: AddressOwner;
  readonly #seen = new TwoGenerationMap<string, Seen>(MAX_ADDRESSES);
  readonly #strangers = new TwoGenerationMap<string, Stranger>(MAX_ADDRESSES);

  /** `node`: whose packets these are; null where that is not known. */
  constructor(index: ClusterIndex, kinds: AddressKinds, node: string | null) {
    this.#index = index;
    this.#kinds = kinds;
    this.#node = node;
    this.#here = node === null ? UNLISTED_SOMEWHERE : unlistedOwner(node);
  }

  /** Who dialled. `source`, `dialled` and `destination` are as the cluster tells them; `dialled` is that of the destination before NAT. */
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
        // On an interface of the node: what the node itself sends may come from there.
        return connection.firstDirection === Direction.outgoing
          ? (this.#index.nodes.ownAt(connection.preNat.source.address) ?? source)
          : source;
      case "unlisted":
        return this.#ofUnlisted(connection, source, destination);
      case "pod-range":
        // The node's own packets do not come in, but over `lo`.
        return source.node === this.#node &&
          connection.firstDirection === Direction.incoming &&
          !isNodeOwner(destination)
          ? unlistedOwner(source.node)
          : source;
      default:
        return source;
    }
  }

  /** Who asked. `client` is as the cluster tells it. */
  ofLookup({ client: { address }, resolver, queryMicros }: Lookup, client: AddressOwner): AddressOwner {
    if (client.type !== "outside" || this.#index.isEmpty || this.#stranger(address).isOutside) return client;
    if (resolver !== null && this.#stranger(address).mayBeInside) {
      const server = this.#index.ownerOf(resolver.address, queryMicros, resolver.port);
      if (this.#isInside(resolver.address, server)) this.#remember(address, this.#here, queryMicros);
      else if (server.type === "pod" && this.#index.servesDns(server.pod)) {
        // The queries of this node's pods leave for a server elsewhere; those that reach one here may come from anywhere.
        this.#remember(address, this.#isElsewhere(server) ? this.#here : UNLISTED_SOMEWHERE, queryMicros);
      }
    }
    return this.remembered(address, client, queryMicros);
  }

  /** Whom packets have shown to have the address of nobody. */
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
    const stranger = this.#stranger(address);
    if (stranger.isOutside) return source;
    if (firstDirection === Direction.incoming) stranger.hasArrived = true;
    else if (firstDirection === Direction.outgoing && !stranger.hasArrived) {
      return this.#ofSent(connection, source, destination);
    }
    if (this.#isBehindNode(connection, dialled, destination)) return this.#rememberHere(address, startMicros);
    const remembered = this.remembered(address, source, startMicros);
    if (remembered !== source) return remembered;
    const isDialledItself = dialled === destination && !isNodeOwner(destination);
    return isDialledItself && this.#mayBeUnlistedPod(address) ? UNLISTED_SOMEWHERE : source;
  }

  #stranger(address: string): Stranger {
    const { version } = this.#index;
    let stranger = this.#strangers.get(address);
    if (stranger?.version === version) return stranger;
    if (stranger === undefined) {
      stranger = { version, isOutside: false, mayBeInside: false, hasArrived: false };
      this.#strangers.set(address, stranger);
    }
    stranger.version = version;
    stranger.isOutside = this.#kinds.isNamed(address) || this.#index.isApiServerAddress(address);
    stranger.mayBeInside =
      this.#kinds.isPrivate(address) || this.#kinds.isLinkLocal(address) || this.#index.isNearPods(address);
    return stranger;
  }

  /** The frame was sent outwards, and had not come in. */
  #ofSent({ preNat, postNat, startMicros }: Connection, source: AddressOwner, destination: AddressOwner): AddressOwner {
    const { address } = preNat.source;
    const seen = this.remembered(address, source, startMicros);
    if (seen.type === "node") return seen;
    const node = this.#nodeOf(destination);
    if (node === null) return this.#rememberHere(address, startMicros);
    if (!this.#stranger(address).mayBeInside) return source;
    // Whose packets these are is not always known; but kubelets probe the pods of their own node only.
    const isProbe = destination.type === "pod" && destination.pod.probePorts.includes(postNat.destination.port);
    if (this.#node === null && !isProbe && !this.#kinds.isLinkLocal(address)) {
      return this.#remember(address, UNLISTED_SOMEWHERE, startMicros);
    }
    return this.#remember(address, nodeOwner(node), startMicros);
  }

  /** A pod that nobody told of; or the node itself on an address that its network did not note (`cilium_host`). */
  #ofUnlisted({ firstDirection }: Connection, source: AddressOwner, destination: AddressOwner): AddressOwner {
    const node = firstDirection === Direction.outgoing ? this.#nodeOf(destination) : null;
    return node !== null && source.place.type === "pod" && source.place.node === node ? nodeOwner(node) : source;
  }

  #isBehindNode(connection: Connection, dialled: AddressOwner, destination: AddressOwner): boolean {
    const { preNat, postNat, firstDirection, startMicros } = connection;
    const { address } = preNat.source;
    const isPassedOn = preNat.destination.address === postNat.destination.address;
    const isMasqueraded =
      address !== postNat.source.address && this.#isOwnNode(this.#index.ownerOf(postNat.source.address, startMicros));
    if (isMasqueraded && isPassedOn && dialled.type === "outside") return true;
    if (!this.#stranger(address).mayBeInside) return false;
    if (this.#isInside(preNat.destination.address, dialled)) return true;
    if (firstDirection !== Direction.incoming) return false;
    if (this.#kinds.isIpv4LinkLocal(address)) return true;
    if (!isPassedOn || isEntry(dialled, preNat.destination.address)) return false;
    return this.#isElsewhere(destination) || (isMasqueraded && destination.place.type === "pod");
  }

  /** An address that is reached from inside the cluster alone: a Service's own, a node-local cache's. */
  #isInside(address: string, owner: AddressOwner): boolean {
    return owner.type === "service"
      ? owner.service.clusterAddresses.includes(address)
      : this.#kinds.isIpv4LinkLocal(address);
  }

  /** Whether who comes from outside would not pass this node on the way there. */
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

  /** A file tells of the pods of one moment only. */
  #mayBeUnlistedPod(address: string): boolean {
    return !this.#index.isWatchingPods && this.#index.isNearPods(address);
  }

  /** The node, where the destination is a pod of this one. */
  #nodeOf({ type, place }: AddressOwner): string | null {
    if ((type !== "pod" && type !== "ended-pod") || place.type !== "pod" || place.node === null) return null;
    return this.#isMine(place.node) ? place.node : null;
  }

  #isOwnNode(owner: AddressOwner): boolean {
    return isNodeOwner(owner) && this.#isMine(owner.node);
  }

  #isMine(node: string): boolean {
    return this.#node === null || node === this.#node;
  }

  /** A public address may be forged, and its true owner outside: what it is seen to be once is not remembered. */
  #rememberHere(address: string, micros: number): AddressOwner {
    return this.#stranger(address).mayBeInside ? this.#remember(address, this.#here, micros) : this.#here;
  }

  /** What is known better already stays. */
  #remember(address: string, owner: AddressOwner, micros: number): AddressOwner {
    const seen = this.#seen.get(address);
    const kept = owner === UNLISTED_SOMEWHERE && seen !== undefined ? seen.owner : owner;
    this.#seen.set(address, { owner: kept, micros });
    return kept;
  }
}

/** An address at which who comes from outside enters the cluster. */
function isEntry(owner: AddressOwner, address: string): boolean {
  return isNodeOwner(owner) || (owner.type === "service" && owner.service.externalAddresses.includes(address));
}
