import { graphFileChunks } from "../graph/file/graph-file.ts";
import type { ServiceGraph } from "../model/service-graph.ts";
import type { GraphFormat } from "../render/graph-formats.ts";
import { renderGraph } from "../render/render.ts";
import { CollectedGraph, type CollectedGraphOptions } from "./collected-graph.ts";
import { isStandardOutput, Output, OutputError } from "./files/output.ts";
import { linkTarget, replaceFile } from "./files/replaced-file.ts";
import { screenText } from "./screen-text.ts";
import { printMessage } from "./stderr.ts";

/** Pictures with more edges take seconds to lay out, in which the agent would do nothing else. */
const MAX_DRAWN_EDGES = 2_000;
const PICTURES: readonly GraphFormat[] = ["svg", "html"];

interface RenewedGraphOptions extends CollectedGraphOptions {
  /** A file, which is replaced atomically; undefined or `-`: standard output. */
  readonly path: string | undefined;
}

/**
 * A graph that is written while it grows: a file has the present graph, a terminal shows it, and a pipe gets one graph
 * after the other.
 */
export class RenewedGraph extends CollectedGraph {
  readonly #format: GraphFormat;
  readonly #path: string | null;
  readonly #standardOutput = new Output("-");
  #isTooLarge = false;

  /** Throws ConfigError when the file cannot be written. */
  constructor(format: GraphFormat, { path, ...options }: RenewedGraphOptions) {
    super(options);
    // Tries to create the file.
    new Output(path);
    this.#format = format;
    this.#path = isStandardOutput(path) ? null : path;
  }

  /** Writes the present graph. `problems`: what is missing so far. Throws OutputError and OutputClosed. */
  async renew(problems: readonly string[]): Promise<void> {
    const missing = [...problems, ...this.missing()];
    if (PICTURES.includes(this.#format) && this.edgeCount > MAX_DRAWN_EDGES) {
      if (!this.#isTooLarge) printMessage(tooLarge(this.#format));
      this.#isTooLarge = true;
    } else if (this.#path === null) await this.#show(this.graph(missing), this.#standardOutput.height);
    else await this.#replace(this.#path, missing);
  }

  override async finish(problems: readonly string[]): Promise<void> {
    if (this.#path !== null) await this.#replace(this.#path, problems);
    else await this.#show(this.graph(problems), null);
  }

  async #replace(path: string, problems: readonly string[]): Promise<void> {
    const chunks =
      this.#format === "json"
        ? graphFileChunks(this.stream(problems))
        : [await this.#text(this.graph(problems), { isColored: false, width: null })];
    try {
      replaceFile(linkTarget(path), chunks);
    } catch (error) {
      throw new OutputError("results", path, "-o", error);
    }
  }

  /** `height`: lines of the terminal that there are; null: all lines are shown. */
  async #show(graph: ServiceGraph, height: number | null): Promise<void> {
    const text = await this.#text(graph, this.#standardOutput);
    this.#standardOutput.write(this.#standardOutput.isTerminal ? screenText(text, height) : `${text}\n`);
    this.#standardOutput.flush();
  }

  #text(graph: ServiceGraph, { isColored, width }: Pick<Output, "isColored" | "width">): Promise<string> {
    return renderGraph(graph, this.#format, { color: isColored, width });
  }
}

function tooLarge(format: GraphFormat): string {
  return `the graph has more than ${MAX_DRAWN_EDGES} edges: the ${format} is written when the agent stops; --format json is written meanwhile`;
}
