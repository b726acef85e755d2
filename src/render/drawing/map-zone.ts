/** The nodes of a map that a failure reaches, or that a node needs. */
export interface MapZone {
  /** `GraphNode.id` of the nodes that are down; also by it below. */
  readonly down: readonly string[];
  /** Edges to the nearest node that is down, for each node that is hit. */
  readonly distances: ReadonlyMap<string, number>;
  readonly needs: boolean;
  /** Null: no limit. */
  readonly maxDepth: number | null;
}

/** Rules of an SVG picture with a zone. */
export const ZONE_STYLE = `
.out{opacity:.35}.hit rect{stroke:#b91c1c;stroke-width:2;fill:#fef2f2}.down rect{stroke:#b91c1c;fill:#b91c1c}.down text{fill:#fff}
@media (prefers-color-scheme:dark){.hit rect{stroke:#f87171;fill:#3b1620}.down rect{stroke:#f87171;fill:#f87171}.down text{fill:#0b1120}}
`;

/** The class of a node, with a space before it; empty without a zone. */
export function nodeZone(zone: MapZone | null, id: string): string {
  if (zone === null) return "";
  if (zone.down.includes(id)) return " down";
  return zone.distances.has(id) ? " hit" : " out";
}

/** The class of an edge: outside if one of its ends is. */
export function edgeZone(zone: MapZone | null, client: string, server: string): string {
  return [client, server].some((id) => nodeZone(zone, id) === " out") ? " out" : "";
}
