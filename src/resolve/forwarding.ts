import type { Lookup } from "../model/lookup.ts";
import type { AddressKinds } from "../inventory/addresses/address-kinds.ts";
import type { ClusterIndex } from "../inventory/cluster-index.ts";
import type { Holder } from "../inventory/addresses/address-owner.ts";

/**
 * Whether a lookup is somebody else's, passed on: forwarding is nobody's dependency.
 * A pod that serves DNS makes no lookups of its own. And a query that is sent while an equal question stands open to a
 * DNS server on the same pod or node is that server's upstream query: CoreDNS, a node-local cache.
 */
export function isForwarded(lookup: Lookup, client: Holder, index: ClusterIndex, kinds: AddressKinds): boolean {
  if (client.type === "pod" && index.servesDns(client.pod)) return true;
  const server = lookup.enclosingServer;
  if (server === null) return false;
  const holder = index.holderOf(server, lookup.queryMicros);
  switch (client.type) {
    case "pod":
      return holder.type === "pod" && holder.pod.uid === client.pod.uid;
    case "node":
    case "pod-range":
      // Still addressed to the ClusterIP when it was last seen: answered on this very node.
      if (holder.type === "service" || kinds.isLinkLocal(server)) return true;
      // A private address that is nobody's: a cache on an address of the node that the API does not list.
      if (holder.type === "outside") return kinds.isPrivate(server);
      return (holder.type === "node" || holder.type === "pod-range") && holder.node === client.node;
    default:
      return server === lookup.client.address;
  }
}
