import type { ServiceGraph } from "../../model/service-graph.ts";
import { renderGraph } from "../../render/render.ts";
import type { Reach } from "./blast-radius.ts";

/** The answer as a map: what is down and what is hit is marked, and the page opens with nothing else. */
export function blastRadiusMap(
  graph: ServiceGraph,
  format: "html" | "svg",
  { direction, targets, hits }: Reach,
  maxDepth: number | null,
): Promise<string> {
  const zone = {
    down: targets.map(({ id }) => id),
    distances: new Map(hits.map(({ node, distance }) => [node.id, distance])),
    needs: direction === "needs",
    maxDepth,
  };
  return renderGraph(graph, format, { zone });
}
