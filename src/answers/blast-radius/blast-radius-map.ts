import type { ServiceGraph } from "../../model/service-graph.ts";
import { renderGraph } from "../../render/render.ts";
import type { Reach } from "./blast-radius.ts";

/** The answer as a map: what is down and what is hit is marked, and the page opens with nothing else. */
export function blastRadiusMap(
  graph: ServiceGraph,
  format: "html" | "svg",
  { direction, targets, alike, hits }: Reach,
  maxDepth: number | null,
): Promise<string> {
  const ends = new Set(graph.edges.flatMap(({ client, server }) => [client, server]));
  const isDrawn = targets.some(({ id }) => ends.has(id));
  // The page finds what is like the targets, unless these are not drawn.
  const down = format === "html" && isDrawn ? targets : [...targets, ...alike];
  const zone = {
    down: down.map(({ id }) => id),
    distances: new Map(hits.map(({ node, distance }) => [node.id, distance])),
    needs: direction === "needs",
    maxDepth,
  };
  return renderGraph(graph, format, { zone });
}
