import type { AddressKinds } from "../inventory/addresses/address-kinds.ts";
import type { AddressOwner } from "../inventory/addresses/address-owner.ts";
import type { ClusterIndex } from "../inventory/cluster-index.ts";
import type { Lookup } from "../model/lookup.ts";

/**
 * Whether a lookup is somebody else's, passed on: forwarding is nobody's dependency.
 * A pod that serves DNS makes no lookups of its own. And a query that is sent while an equal question stands open to a
 * DNS server on the same pod or node is that server's upstream query: CoreDNS, a node-local cache.
 */
export function isForwarded(lookup: Lookup, client: AddressOwner, index: ClusterIndex, kinds: AddressKinds): boolean {
  if (client.type === "pod" && index.servesDns(client.pod)) return true;
  const server = lookup.enclosingServer;
  if (server === null) return false;
  const owner = index.ownerOf(server, lookup.queryMicros);
  switch (client.type) {
    case "pod":
      return owner.type === "pod" && owner.pod.uid === client.pod.uid;
    case "node":
    case "pod-range":
      // Still addressed to the ClusterIP when it was last seen: answered on this very node.
      if (owner.type === "service" || kinds.isLinkLocal(server)) return true;
      // A private address that is nobody's: a cache on an address of the node that the API does not list.
      if (owner.type === "outside") return kinds.isPrivate(server);
      return (owner.type === "node" || owner.type === "pod-range") && owner.node === client.node;
    default:
      return server === lookup.client.address;
  }
}
