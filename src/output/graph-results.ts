import { graphFileChunks } from "../graph/file/graph-file.ts";
import type { GraphFormat } from "../render/graph-formats.ts";
import { renderGraph } from "../render/render.ts";
import { CollectedGraph } from "./collected-graph.ts";
import type { Output } from "./files/output.ts";
import type { ResultsOptions } from "./results.ts";

/** Aggregates all interactions into a graph, written at the end. */
export class GraphResults extends CollectedGraph {
  readonly #format: GraphFormat;
  readonly #output: Output;

  constructor(format: GraphFormat, options: ResultsOptions) {
    super(options);
    this.#format = format;
    this.#output = options.output;
  }

  override async finish(problems: readonly string[]): Promise<void> {
    const output = this.#output;
    // A graph file as one text takes several times the memory of the store.
    if (this.#format === "json") for (const chunk of graphFileChunks(this.stream(problems))) output.write(chunk);
    else output.write(await renderGraph(this.graph(problems), this.#format, output));
    output.close();
  }
}
