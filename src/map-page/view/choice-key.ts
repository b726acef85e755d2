import type { Choice, MapData } from "../../model/map-data.ts";
import type { Groups } from "./groups.ts";

/** The choice as text for an address; null for a bundle, which is one only in its view. */
export function choiceKey(data: MapData, groups: Groups, choice: Choice | null): string | null {
  switch (choice?.type) {
    case "node":
      return `node:${data.nodes[choice.index]?.id ?? ""}`;
    case "namespace":
      return `namespace:${groups.all[choice.index]?.title ?? ""}`;
    case "edge": {
      const { client = -1, server = -1 } = data.edges[choice.index] ?? {};
      return `edge:${data.nodes[client]?.id ?? ""} ${data.nodes[server]?.id ?? ""}`;
    }
    default:
      return null;
  }
}

/** The choice of an address; null without one, or if the map does not have it. */
export function choiceOf(data: MapData, groups: Groups, key: string | null): Choice | null {
  const type = /^(node|namespace|edge):/.exec(key ?? "")?.[1] as "node" | "namespace" | "edge" | undefined;
  if (type === undefined) return null;
  const list = { node: data.nodes, namespace: groups.all, edge: data.edges }[type];
  const index = list.findIndex((_, at) => choiceKey(data, groups, { type, index: at }) === key);
  return index < 0 ? null : { type, index };
}
