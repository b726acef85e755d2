import { graphFileChunks } from "../graph/file/graph-file.ts";
import type { ServiceGraph, StreamedGraph } from "../model/service-graph.ts";
import type { GraphFormat } from "../render/graph-formats.ts";
import { renderGraph } from "../render/render.ts";
import type { Output } from "./files/output.ts";

/** Writes the graph in one format, as wide and colored as the output is. */
export async function writeGraph(graph: ServiceGraph, format: GraphFormat, output: Output): Promise<void> {
  if (format === "json") writeGraphFile(graph, output);
  else output.write(await renderGraph(graph, format, { color: output.isColored, width: output.width }));
}

/** Writes a graph file in chunks: as one text it would take several times the memory of the store. */
export function writeGraphFile(graph: StreamedGraph, output: Output): void {
  for (const chunk of graphFileChunks(graph)) output.write(chunk);
}
