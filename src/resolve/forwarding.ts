import type { AddressKinds } from "../inventory/addresses/address-kinds.ts";
import type { AddressOwner } from "../inventory/addresses/address-owner.ts";
import type { ClusterIndex } from "../inventory/cluster-index.ts";
import type { Lookup } from "../model/lookup.ts";

/**
 * Whether a DNS server forwarded the lookup for a client: such a lookup is no dependency of the server. A query that is
 * sent while an equal question to a DNS server on the same pod or node is open is the upstream query of that server:
 * CoreDNS, or a node-local cache.
 */
export function isForwarded(lookup: Lookup, client: AddressOwner, index: ClusterIndex, kinds: AddressKinds): boolean {
  const server = lookup.enclosingServer;
  if (server === null) return false;
  const owner = index.ownerOf(server, lookup.queryMicros);
  switch (client.type) {
    case "pod":
      return owner.type === "pod" && owner.pod.uid === client.pod.uid;
    case "node":
    case "pod-range":
      // The last sighting still had the ClusterIP: a server on this node answered.
      if (owner.type === "service" || kinds.isLinkLocal(server)) return true;
      // A private address without an owner: a cache on an address of the node that the API does not list.
      if (owner.type === "outside") return kinds.isPrivate(server);
      return (owner.type === "node" || owner.type === "pod-range") && owner.node === client.node;
    default:
      return server === lookup.client.address;
  }
}
