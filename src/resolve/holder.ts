import type { PodRecord, ServiceRecord } from "../cluster/kubernetes-objects.ts";
import type { Place } from "../model/sight.ts";

/**
 * Whose an address was. `ended-pod`: its last owner is gone and nobody new has announced itself.
 * `pod-range`: inside a node's pod range, with no pod known to hold it.
 * One object for one answer, made when the news comes: asking costs nothing.
 */
export type Holder =
  | { readonly type: "pod"; readonly pod: PodRecord }
  | { readonly type: "ended-pod"; readonly pod: PodRecord }
  | { readonly type: "node"; readonly node: string; readonly id: string }
  | { readonly type: "pod-range"; readonly node: string; readonly id: string }
  | { readonly type: "service"; readonly service: ServiceRecord }
  | { readonly type: "outside" };

export const OUTSIDE: Holder = { type: "outside" };

export function nodeHolder(node: string): Holder {
  return { type: "node", node, id: `node ${node}` };
}

export function podRangeHolder(node: string): Holder {
  return { type: "pod-range", node, id: `node ${node}` };
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

export function placeOf(holder: Holder): Place {
  switch (holder.type) {
    case "pod":
    case "ended-pod":
      return { type: "pod", node: holder.pod.nodeName };
    case "node":
    case "pod-range":
      return { type: "node", node: holder.node };
    case "service":
      return { type: "service" };
    case "outside":
      return { type: "external" };
  }
}

/** Whether the holder is a node, as far as is known. */
export function isNodeHolder(holder: Holder): holder is Extract<Holder, { readonly node: string }> {
  return holder.type === "node" || holder.type === "pod-range";
}
