import type { PodRecord, ServiceRecord } from "../../kubernetes/objects/kubernetes-objects.ts";
import type { Place } from "../../model/sight.ts";

/**
 * Whose an address was. `ended-pod`: its last owner is gone and nobody new has announced itself.
 * `ambiguous`: one of these pods', and no news can tell which.
 * `pod-range`: inside a node's pod range and one of its first addresses, with no pod known to hold it: the node's own.
 * `unlisted`: a pod's, or something's that is behind the node like a pod, of which nobody told.
 * One object for one answer, made when the news comes: asking costs nothing.
 */
export type AddressOwner = { readonly place: Place } & (
  | { readonly type: "pod"; readonly pod: PodRecord }
  | { readonly type: "ended-pod"; readonly pod: PodRecord }
  | { readonly type: "ambiguous"; readonly pods: readonly PodRecord[] }
  | { readonly type: "node"; readonly node: string; readonly id: string; readonly isRouter: boolean }
  | { readonly type: "pod-range"; readonly node: string; readonly id: string }
  | { readonly type: "unlisted"; readonly nodeName: string | null }
  | { readonly type: "service"; readonly service: ServiceRecord }
  | { readonly type: "outside" }
);

export const OUTSIDE: AddressOwner = { type: "outside", place: { type: "external" } };
/** It belongs to the cluster; to which node is not known. */
export const UNLISTED_SOMEWHERE: AddressOwner = { type: "unlisted", nodeName: null, place: { type: "external" } };
const SERVICE_PLACE: Place = { type: "service" };

export function podAddressOwner(type: "pod" | "ended-pod", pod: PodRecord): AddressOwner {
  return { type, pod, place: { type: "pod", node: pod.nodeName } };
}

/** An address stays on its node, whoever of them has it. */
export function ambiguousOwner(pods: readonly PodRecord[]): AddressOwner {
  return { type: "ambiguous", pods, place: { type: "pod", node: pods[0]?.nodeName ?? null } };
}

/** `isRouter`: the address is one with which the node passes on what others send. */
export function nodeOwner(node: string, isRouter = false): AddressOwner {
  return { type: "node", node, id: `node ${node}`, isRouter, place: { type: "node", node } };
}

export function podRangeOwner(node: string): AddressOwner {
  return { type: "pod-range", node, id: `node ${node}`, place: { type: "node", node } };
}

export function unlistedOwner(nodeName: string): AddressOwner {
  return { type: "unlisted", nodeName, place: { type: "pod", node: nodeName } };
}

export function serviceOwner(service: ServiceRecord): AddressOwner {
  return { type: "service", service, place: SERVICE_PLACE };
}

/** What names are scoped to: all addresses of a pod, all addresses of a node; elsewhere the address. */
export function identityOf(owner: AddressOwner, address: string): string {
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

/** Whether the owner is a node, as far as is known. */
export function isNodeOwner(owner: AddressOwner): owner is Extract<AddressOwner, { readonly node: string }> {
  return owner.type === "node" || owner.type === "pod-range";
}
