import type { GraphFormat } from "../render/graph-formats.ts";
import { CollectedGraph } from "./collected-graph.ts";
import type { Output } from "./files/output.ts";
import type { ResultsOptions } from "./results.ts";
import { writeGraph, writeGraphFile } from "./write-graph.ts";

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
    if (this.#format === "json") writeGraphFile(this.stream(problems), this.#output);
    else await writeGraph(this.graph(problems), this.#format, this.#output);
    this.#output.close();
  }
}
