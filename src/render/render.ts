// render: the last stage. It writes the graph of the edge store as text, picture or page; it has no input or output.
import type { ServiceGraph } from "../model/service-graph.ts";
import type { TableOptions } from "./table.ts";

/** Formats of a graph; the format of interactions is in `interaction-lines`. */
export const GRAPH_FORMATS = ["table", "wide", "json", "dot", "mermaid", "svg", "html"] as const;
export type GraphFormat = (typeof GRAPH_FORMATS)[number];

/** Options of the table. */
type RenderOptions = Partial<TableOptions>;

/** The graph in one format, with a line break at the end. Equal graphs give equal bytes. */
export async function renderGraph(
  graph: ServiceGraph,
  format: GraphFormat,
  options: RenderOptions = {},
): Promise<string> {
  // Formats are loaded on demand, because most of them import a library.
  switch (format) {
    case "table":
      return (await import("./table.ts")).graphTable(graph, {
        color: options.color ?? false,
        width: options.width ?? null,
      });
    case "wide":
      return (await import("./wide-table.ts")).wideTable(graph, options.color ?? false);
    case "json":
      return (await import("./graph-json.ts")).graphJson(graph);
    case "dot":
      return (await import("./dot.ts")).graphDot(graph);
    case "mermaid":
      return (await import("./mermaid.ts")).graphMermaid(graph);
    case "svg":
      return (await import("./drawing/svg.ts")).graphSvg(graph);
    case "html":
      return (await import("./drawing/html.ts")).graphHtml(graph);
  }
}
