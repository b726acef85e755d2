// Last stage of the pipeline: a graph as text, picture or page for people and programs.
// Takes the sum that the edge store made; knows nothing of packets, clusters or exporters. Pure but for the HTML map,
// which reads the drawing library that it carries.
import type { ServiceGraph } from "../model/service-graph.ts";
import type { TableOptions } from "./table.ts";

/** The formats in which a graph is written; interactions have their own (`interaction-lines`). */
export const GRAPH_FORMATS = ["table", "json", "dot", "mermaid", "svg", "html"] as const;
export type GraphFormat = (typeof GRAPH_FORMATS)[number];

/** `color` and `width` are for the table only. */
export type RenderOptions = Partial<TableOptions>;

/** Writes a graph in one format; the text ends with a newline. The same graph gives the same bytes. */
export async function renderGraph(
  graph: ServiceGraph,
  format: GraphFormat,
  options: RenderOptions = {},
): Promise<string> {
  // Each form is loaded only where it is written: most bring a library with them.
  switch (format) {
    case "table":
      return (await import("./table.ts")).graphTable(graph, {
        color: options.color ?? false,
        width: options.width ?? null,
      });
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
