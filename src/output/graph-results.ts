import type { GraphFormat } from "../render/render.ts";
import { CollectedGraph } from "./collected-graph.ts";
import type { Output } from "./files/output.ts";
import { graphText } from "./graph-text.ts";
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
    this.#output.write(await graphText(this.graph(problems), this.#format, this.#output));
    this.#output.close();
  }
}
