import type { MapData } from "../../model/map-data.ts";

interface Zone {
  /** Edges to the nearest node that is down, by index of the node; 0 for these themselves. */
  readonly distances: ReadonlyMap<number, number>;
  /** Edges on which a failure travels, and edges into the zone that only fail. */
  readonly edges: ReadonlySet<number>;
}

/**
 * Breadth-first search by the rules of `wirespan blast-radius`: a failure travels along edges with established
 * connections, against the calls (with `needs` along them), through workloads and Services.
 */
export function zoneOf(
  data: MapData,
  edges: readonly number[],
  down: readonly number[],
  { needs, maxDepth }: { readonly needs: boolean; readonly maxDepth: number | null },
): Zone {
  const steps = new Map<number, { readonly to: number; readonly edge: number }[]>();
  for (const index of edges) {
    const edge = data.edges[index];
    if (edge === undefined || edge.client === edge.server) continue;
    const [near, to] = needs ? [edge.client, edge.server] : [edge.server, edge.client];
    const known = steps.get(near);
    if (known === undefined) steps.set(near, [{ to, edge: index }]);
    else known.push({ to, edge: index });
  }
  const distances = new Map(down.map((node) => [node, 0]));
  const travelled = new Set<number>();
  let frontier: readonly number[] = [...distances.keys()];
  for (let distance = 1; frontier.length > 0 && distance <= (maxDepth ?? Number.POSITIVE_INFINITY); distance++) {
    const next: number[] = [];
    for (const node of frontier) {
      for (const { to, edge } of steps.get(node) ?? []) {
        if (data.edges[edge]?.established === 0) continue;
        travelled.add(edge);
        if (distances.has(to)) continue;
        distances.set(to, distance);
        const type = data.nodes[to]?.type;
        if (type === "workload" || type === "service") next.push(to);
      }
    }
    frontier = next;
  }
  for (const index of edges) {
    const edge = data.edges[index];
    if (edge !== undefined && edge.failed > 0 && distances.has(needs ? edge.client : edge.server)) travelled.add(index);
  }
  return { distances, edges: travelled };
}
