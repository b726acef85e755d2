import { compareText } from "../graph/order.ts";
import type { GraphEdge } from "../model/service-graph.ts";

/**
 * At most `max` edges, in their order. Clients share the places fairly: those with the most lose edges, the least recently
 * seen ones.
 */
export function fairEdges(edges: readonly GraphEdge[], max: number): readonly GraphEdge[] {
  if (edges.length <= max) return edges;
  const byClient = new Map<string, GraphEdge[]>();
  for (const edge of edges) {
    const own = byClient.get(edge.client);
    if (own === undefined) byClient.set(edge.client, [edge]);
    else own.push(edge);
  }
  const share = fairShare(
    [...byClient.values()].map(({ length }) => length),
    max,
  );
  const kept = [...byClient.values()].flatMap((own) => newest(own, share));
  const set = new Set(newest(kept, max));
  return edges.filter((edge) => set.has(edge));
}

/** The largest number of places of one owner with which all together need at most `places`; at least one. */
function fairShare(counts: readonly number[], places: number): number {
  let left = places;
  let owners = counts.length;
  for (const count of counts.toSorted((a, b) => a - b)) {
    const share = Math.floor(left / owners);
    if (count > share) return Math.max(1, share);
    left -= count;
    owners--;
  }
  return places;
}

function newest(edges: readonly GraphEdge[], count: number): readonly GraphEdge[] {
  if (edges.length <= count) return edges;
  return edges
    .toSorted(
      (a, b) =>
        b.lastSeenMicros - a.lastSeenMicros || compareText(a.client, b.client) || compareText(a.server, b.server),
    )
    .slice(0, count);
}
