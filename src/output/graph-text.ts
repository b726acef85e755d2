import type { ServiceGraph } from "../model/service-graph.ts";
import { type GraphFormat, renderGraph } from "../render/render.ts";
import type { Output } from "./files/output.ts";
import { markIncomplete } from "./incomplete-mark.ts";

/** The graph in one format, as wide and colored as `output` is; an incomplete one is marked. */
export async function graphText(
  graph: ServiceGraph,
  format: GraphFormat,
  { isColored, width }: Pick<Output, "isColored" | "width">,
): Promise<string> {
  const text = await renderGraph(graph, format, { color: isColored, width });
  return graph.incomplete.length === 0 ? text : markIncomplete(text, format, graph.incomplete.join("; "));
}
