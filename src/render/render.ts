// render: the last stage. It writes the graph of the edge store as text, picture or page; it has no input or output.
import type { ServiceGraph } from "../model/service-graph.ts";
import type { MapZone } from "./drawing/map-zone.ts";
import type { GraphFormat, PictureFormat } from "./graph-formats.ts";
import type { TableOptions } from "./table.ts";

/** Options of the table, and of pictures. */
interface RenderOptions extends Partial<TableOptions> {
  /** Marked in SVG and HTML. */
  readonly zone?: MapZone;
}

/**
 * The graph in one format, with a line break at the end, and with what is missing in it. Equal graphs give equal bytes.
 * Only the graph file has nodes without edges.
 */
export async function renderGraph(
  graph: ServiceGraph,
  format: GraphFormat,
  options: RenderOptions = {},
): Promise<string> {
  if (format === "json") return (await import("../graph/file/graph-file.ts")).graphFile(graph);
  const text = await renderEdges(withEdgesOnly(graph), format, options);
  if (graph.incomplete.length === 0) return text;
  return (await import("./incomplete-mark.ts")).markIncomplete(text, format, graph.incomplete.join("; "));
}

/** Formats are loaded on demand, because most of them import a library. */
async function renderEdges(
  graph: ServiceGraph,
  format: PictureFormat,
  { color = false, width = null, zone }: RenderOptions,
): Promise<string> {
  switch (format) {
    case "table":
      return (await import("./table.ts")).graphTable(graph, { color, width });
    case "wide":
      return (await import("./wide-table.ts")).wideTable(graph, color);
    case "dot":
      return (await import("./dot.ts")).graphDot(graph);
    case "mermaid":
      return (await import("./mermaid.ts")).graphMermaid(graph);
    case "svg":
      return (await import("./drawing/svg.ts")).graphSvg(graph, zone);
    case "html":
      return (await import("./drawing/html.ts")).graphHtml(graph, zone);
  }
}

/** The graph without the nodes that were seen in no traffic. */
export function withEdgesOnly(graph: ServiceGraph): ServiceGraph {
  const ends = new Set(graph.edges.flatMap(({ client, server }) => [client, server]));
  return { ...graph, nodes: graph.nodes.filter(({ id }) => ends.has(id)) };
}
