import type { PodRecord, ServiceRecord } from "../../kubernetes/objects/kubernetes-objects.ts";
import type { Place } from "../../model/sight.ts";

/**
 * Whose an address was. `ended-pod`: its last owner is gone and nobody new has announced itself.
 * `contested`: one of these pods', and no news can tell which.
 * `pod-range`: inside a node's pod range and one of its first addresses, with no pod known to hold it: the node's own.
 * `unlisted`: a pod's, or something's that is behind the node like a pod, of which nobody told.
 * One object for one answer, made when the news comes: asking costs nothing.
 */
export type Holder = { readonly place: Place } & (
  | { readonly type: "pod"; readonly pod: PodRecord }
  | { readonly type: "ended-pod"; readonly pod: PodRecord }
  | { readonly type: "contested"; readonly pods: readonly PodRecord[] }
  | { readonly type: "node"; readonly node: string; readonly id: string; readonly isRouter: boolean }
  | { readonly type: "pod-range"; readonly node: string; readonly id: string }
  | { readonly type: "unlisted"; readonly nodeName: string | null }
  | { readonly type: "service"; readonly service: ServiceRecord }
  | { readonly type: "outside" }
);

export const OUTSIDE: Holder = { type: "outside", place: { type: "external" } };
/** It belongs to the cluster; to which node is not known. */
export const UNLISTED_SOMEWHERE: Holder = { type: "unlisted", nodeName: null, place: { type: "external" } };
const SERVICE_PLACE: Place = { type: "service" };

export function podHolder(type: "pod" | "ended-pod", pod: PodRecord): Holder {
  return { type, pod, place: { type: "pod", node: pod.nodeName } };
}

/** An address stays on its node, whoever of them has it. */
export function contestedHolder(pods: readonly PodRecord[]): Holder {
  return { type: "contested", pods, place: { type: "pod", node: pods[0]?.nodeName ?? null } };
}

/** `isRouter`: the address is one with which the node passes on what others send. */
export function nodeHolder(node: string, isRouter = false): Holder {
  return { type: "node", node, id: `node ${node}`, isRouter, place: { type: "node", node } };
}

export function podRangeHolder(node: string): Holder {
  return { type: "pod-range", node, id: `node ${node}`, place: { type: "node", node } };
}

export function unlistedHolder(nodeName: string): Holder {
  return { type: "unlisted", nodeName, place: { type: "pod", node: nodeName } };
}

export function serviceHolder(service: ServiceRecord): Holder {
  return { type: "service", service, place: SERVICE_PLACE };
}

/** What names are scoped to: all addresses of a pod, all addresses of a node; elsewhere the address. */
export function identityOf(holder: Holder, address: string): string {
  switch (holder.type) {
    case "pod":
    case "ended-pod":
      return holder.pod.uid;
    case "node":
    case "pod-range":
      return holder.id;
    default:
      return address;
  }
}

/** Whether the holder is a node, as far as is known. */
export function isNodeHolder(holder: Holder): holder is Extract<Holder, { readonly node: string }> {
  return holder.type === "node" || holder.type === "pod-range";
}
