import type { PodRecord, ServiceRecord } from "../../kubernetes/objects/kubernetes-objects.ts";
import type { Place } from "../../model/sight.ts";

/**
 * The owner of an address at some time.
 * `ended-pod`: its last owner has ended and no successor has been reported.
 * `ambiguous`: one of these pods; the updates do not show which.
 * `pod-range`: one of the first addresses of a node's pod range, of no known pod: the node itself.
 * `unlisted`: an unreported pod, or an unreported host behind the node.
 * `service`, claimed: one that redirects this port of an address which it does not have (`externalIPs`).
 * Owners are created when an update arrives and shared, so that a lookup allocates nothing.
 */
export type AddressOwner = { readonly place: Place } & (
  | { readonly type: "pod"; readonly pod: PodRecord }
  | { readonly type: "ended-pod"; readonly pod: PodRecord }
  | { readonly type: "ambiguous"; readonly pods: readonly PodRecord[] }
  | { readonly type: "node"; readonly node: string; readonly id: string; readonly isRouter: boolean }
  | { readonly type: "pod-range"; readonly node: string; readonly id: string }
  | { readonly type: "unlisted"; readonly nodeName: string | null }
  | { readonly type: "service"; readonly service: ServiceRecord; readonly isClaimed: boolean }
  | { readonly type: "outside" }
);

export const OUTSIDE: AddressOwner = { type: "outside", place: { type: "external" } };
/** In the cluster, on an unknown node. */
export const UNLISTED_SOMEWHERE: AddressOwner = { type: "unlisted", nodeName: null, place: { type: "external" } };
const SERVICE_PLACE: Place = { type: "service" };

export function podAddressOwner(type: "pod" | "ended-pod", pod: PodRecord): AddressOwner {
  return { type, pod, place: { type: "pod", node: pod.nodeName } };
}

/** The place is certain, because an address stays on its node. */
export function ambiguousOwner(pods: readonly PodRecord[]): AddressOwner {
  return { type: "ambiguous", pods, place: { type: "pod", node: pods[0]?.nodeName ?? null } };
}

/** `isRouter`: the node forwards packets of others with this address. */
export function nodeOwner(node: string, isRouter = false): AddressOwner {
  return { type: "node", node, id: `node ${node}`, isRouter, place: { type: "node", node } };
}

export function podRangeOwner(node: string): AddressOwner {
  return { type: "pod-range", node, id: `node ${node}`, place: { type: "node", node } };
}

export function unlistedOwner(nodeName: string): AddressOwner {
  return { type: "unlisted", nodeName, place: { type: "pod", node: nodeName } };
}

export function serviceOwner(service: ServiceRecord, isClaimed = false): AddressOwner {
  return { type: "service", service, isClaimed, place: SERVICE_PLACE };
}

/** Scope of resolved names: all addresses of a pod, or of a node; otherwise the address alone. */
export function nameScopeOf(owner: AddressOwner, address: string): string {
  switch (owner.type) {
    case "pod":
    case "ended-pod":
      return owner.pod.uid;
    case "node":
    case "pod-range":
      return owner.id;
    default:
      return address;
  }
}

export function isNodeOwner(owner: AddressOwner): owner is Extract<AddressOwner, { readonly node: string }> {
  return owner.type === "node" || owner.type === "pod-range";
}
