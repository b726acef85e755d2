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
  const { steps, alike } = stepsOf(data, edges, down, needs);
  const distances = new Map(down.map((node) => [node, 0]));
  for (const node of down.flatMap((one) => alike.get(one) ?? [])) distances.set(node, 0);
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
    const others = next.flatMap((node) => alike.get(node) ?? []).filter((node) => !distances.has(node));
    for (const node of others) distances.set(node, distance);
    frontier = [...next, ...new Set(others)];
  }
  for (const index of edges) {
    const edge = data.edges[index];
    if (edge !== undefined && edge.failed > 0 && distances.has(needs ? edge.client : edge.server)) travelled.add(index);
  }
  return { distances, edges: travelled };
}

interface ZoneSteps {
  readonly steps: ReadonlyMap<number, readonly { readonly to: number; readonly edge: number }[]>;
  /** What fails with a node, or is needed like it: Services and the workloads to which they may lead. */
  readonly alike: ReadonlyMap<number, readonly number[]>;
}

function stepsOf(data: MapData, edges: readonly number[], down: readonly number[], needs: boolean): ZoneSteps {
  const steps = new Map<number, { readonly to: number; readonly edge: number }[]>();
  const alike = new Map<number, number[]>();
  const shown = new Set(edges);
  for (const index of edges) {
    const edge = data.edges[index];
    if (edge === undefined || edge.client === edge.server) continue;
    if (needs) push(steps, edge.client, { to: edge.server, edge: index });
    else push(steps, edge.server, { to: edge.client, edge: index });
  }
  const ends = new Set(edges.map((index) => data.edges[index]?.server));
  for (const [service, workload] of data.behind ?? []) {
    if (!ends.has(service)) continue;
    if (needs) push(alike, service, workload);
    else push(alike, workload, service);
  }
  for (const [service, index] of data.dialled ?? []) {
    const edge = data.edges[index];
    if (edge === undefined || !shown.has(index) || !down.includes(service)) continue;
    if (needs) push(alike, service, edge.server);
    else push(steps, service, { to: edge.client, edge: index });
  }
  return { steps, alike };
}

function push<T>(lists: Map<number, T[]>, key: number, value: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
