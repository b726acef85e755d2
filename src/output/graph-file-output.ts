import { graphFileChunks } from "../graph/file/graph-file.ts";
import type { ServiceGraph } from "../model/service-graph.ts";
import { printIncomplete } from "./completeness.ts";
import { isStandardOutput, Output, OutputError } from "./files/output.ts";
import { checkReplaceable, linkTarget, replaceFile } from "./files/replaced-file.ts";
import { readOutputOptions } from "./output-option.ts";
import { writeGraphFile } from "./write-graph.ts";

/** The graph file of `-o`; standard output without one. An existing file is replaced, and can be read before. */
export class GraphFileOutput {
  readonly #path: string | undefined;

  /** Throws ConfigError for another format, and for a file that cannot be written. */
  constructor(written: string | undefined) {
    const { output } = readOutputOptions({ output: written }, ["json"]);
    this.#path = isStandardOutput(output) ? undefined : output;
    if (this.#path !== undefined) checkReplaceable("-o", this.#path);
  }

  /** Prints what the graph lacks, and returns the exit code. Throws OutputError. */
  write(graph: ServiceGraph): number {
    if (this.#path === undefined) this.#print(graph);
    else this.#replace(this.#path, graph);
    return printIncomplete(graph.incomplete);
  }

  #print(graph: ServiceGraph): void {
    const output = new Output("-");
    writeGraphFile(graph, output);
    output.close();
  }

  #replace(path: string, graph: ServiceGraph): void {
    try {
      replaceFile(linkTarget(path), graphFileChunks(graph));
    } catch (error) {
      throw new OutputError("the graph", path, "-o", error);
    }
  }
}
