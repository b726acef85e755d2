import type { Choice } from "../model/map-data.ts";

/** A box on the map, with its center. */
export interface Place {
  readonly choice: Choice;
  readonly x: number;
  readonly y: number;
}

/** Cost of a unit sideways, relative to a unit ahead. */
const ASIDE_WEIGHT = 2.5;

/** The nearest place in a direction from another one; null without one. */
export function placeInDirection<P extends Pick<Place, "x" | "y">>(
  places: readonly P[],
  from: P,
  dx: number,
  dy: number,
): P | null {
  let best: P | null = null;
  let bestCost = Number.POSITIVE_INFINITY;
  for (const place of places) {
    const ahead = (place.x - from.x) * dx + (place.y - from.y) * dy;
    const aside = Math.abs((place.x - from.x) * dy) + Math.abs((place.y - from.y) * dx);
    const cost = ahead + ASIDE_WEIGHT * aside;
    if (ahead <= 1 || place === from || cost >= bestCost) continue;
    best = place;
    bestCost = cost;
  }
  return best;
}
