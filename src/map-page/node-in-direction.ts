import type { MapNode } from "../model/map-data.ts";

/** Cost of a unit sideways, relative to a unit ahead. */
const ASIDE_WEIGHT = 2.5;

/** Index of the nearest node in a direction from another one; null without one. */
export function nodeInDirection(nodes: readonly MapNode[], fromIndex: number, dx: number, dy: number): number | null {
  const from = nodes[fromIndex];
  if (from === undefined) return null;
  let best: number | null = null;
  let bestCost = Number.POSITIVE_INFINITY;
  for (const [index, node] of nodes.entries()) {
    const ahead = (node.x - from.x) * dx + (node.y - from.y) * dy;
    const aside = Math.abs((node.x - from.x) * dy) + Math.abs((node.y - from.y) * dx);
    const cost = ahead + ASIDE_WEIGHT * aside;
    if (ahead <= 1 || index === fromIndex || cost >= bestCost) continue;
    best = index;
    bestCost = cost;
  }
  return best;
}
