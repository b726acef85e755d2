import type { MapData, MapEdge } from "../../model/map-data.ts";
import { FailureWays } from "../../reach/failure-ways.ts";
import { carriesFailure, isPassage, type ReachRules, search } from "../../reach/search.ts";

interface Zone {
  /** Edges to the nearest node that is down, by index of the node; 0 for these themselves. */
  readonly distances: ReadonlyMap<number, number>;
  /** Edges on which a failure travels, and edges into the zone that only fail. */
  readonly edges: ReadonlySet<number>;
}

/** What a failure of the nodes that are down reaches on these edges, or what they need. Nodes and edges are indices. */
export function zoneOf(
  data: MapData,
  edges: readonly number[],
  down: readonly number[],
  { needs, maxDepth }: { readonly needs: boolean; readonly maxDepth: number | null },
): Zone {
  const rules: ReachRules<number, MapEdge> = {
    established: (edge) => edge.established,
    type: (node) => data.nodes[node]?.type ?? "",
  };
  const ways = waysOf(data, edges, down, needs);
  const distances = new Map([...down, ...ways.alike(down)].map((node) => [node, 0]));
  for (const { distance, reached, alike } of search(ways, rules, down, maxDepth)) {
    for (const node of [...reached.keys(), ...alike.keys()]) distances.set(node, distance);
  }
  const drawn = new Set<MapEdge>();
  for (const [node, distance] of distances) {
    const isSearched = (distance === 0 || isPassage(node, rules)) && (maxDepth === null || distance < maxDepth);
    if (!isSearched) continue;
    for (const { edge } of ways.steps(node)) if (carriesFailure(edge, rules)) drawn.add(edge);
  }
  const isDrawn = (edge: MapEdge): boolean =>
    drawn.has(edge) || (edge.failed > 0 && distances.has(needs ? edge.client : edge.server));
  return { distances, edges: new Set(edges.filter((index) => data.edges[index] && isDrawn(data.edges[index]))) };
}

function waysOf(data: MapData, shown: readonly number[], down: readonly number[], needs: boolean) {
  const edges = new Map(shown.flatMap((index) => (data.edges[index] ? [[index, data.edges[index]] as const] : [])));
  const servers = new Set([...edges.values()].map(({ server }) => server));
  return new FailureWays<number, MapEdge>(
    {
      edges: edges.values(),
      behind: (data.behind ?? []).filter(([service]) => servers.has(service)),
      dialled: (data.dialled ?? []).flatMap(([service, index]) => {
        const edge = edges.get(index);
        return edge === undefined ? [] : [[service, edge] as const];
      }),
    },
    needs ? "needs" : "callers",
    down,
  );
}
