// EDGE: the terminal and the exit code
import { Command } from "commander";
import { ConfigError } from "../../model/errors.ts";
import { Output } from "../../output/files/output.ts";
import { readOutputOptions } from "../../output/output-option.ts";
import type { GraphFormat } from "../../render/graph-formats.ts";
import { withOutputOptions } from "../options/output-options.ts";
import { CAPTURE_ARGUMENT, withUsage } from "../options/usage.ts";
import { finishGraph, type GraphOptions, openFilteredGraph, withGraphOptions } from "./graph-options.ts";

const FORMATS = ["html", "svg", "dot", "mermaid"] as const satisfies readonly GraphFormat[];

export function mapCommand(): Command {
  const command = new Command("map")
    .summary("draw a graph as a page, a picture or a diagram")
    .description("Draws a graph: as a page to explore in a browser, as a picture, for Graphviz, or for Markdown.")
    .argument("[file...]", CAPTURE_ARGUMENT);
  return withOutputOptions(withGraphOptions(withUsage(command)), FORMATS, {
    format: "format of the map (default: from the suffix of -o, otherwise html)",
    output: `write the map to a file, or ${FORMATS.join(", ")} to standard output`,
  })
    .option("--serve", "serve the map to browsers on this machine, refreshed every 5 s until Ctrl-C; prints the link")
    .option("--port <port>", "port of --serve on 127.0.0.1, for example for ssh -L (default: a free one)")
    .addHelpText(
      "after",
      `
The suffix of -o FILE selects the format (.html .svg .dot .mmd). Without -o, the page is written to a pipe, but not to a terminal.

Examples:
  wirespan map -o map.html                                       everything that the agents in the cluster have seen
  wirespan map --live --serve                                    the current graph, refreshed in the browser
  wirespan map --graph week.json -n shop -o shop.svg             a picture of one namespace
  wirespan map node.pcap --cluster cluster.json -o mermaid       a diagram for Markdown
  wirespan map --graph - --failed -o dot | dot -Tpdf > failed.pdf
`,
    )
    .action(runMap);
}

interface MapOptions extends GraphOptions {
  readonly serve?: boolean;
  readonly port?: string;
}

async function runMap(files: string[], given: MapOptions): Promise<void> {
  if (given.serve === true) {
    if (given.format !== undefined || given.output !== undefined) {
      throw new ConfigError("--serve shows a page and writes no file; omit --format and -o");
    }
    if ([...(given.graph ?? []), ...(given.cluster ?? [])].includes("-")) {
      throw new ConfigError(
        "--serve reads its source repeatedly, but standard input can be read only once; pass a file",
      );
    }
    const { readMapPort, serveMap } = await import("./serve-map.ts");
    await serveMap({ ...given, files }, readMapPort(given.port));
    return;
  }
  if (given.port !== undefined) throw new ConfigError("--port requires --serve; add --serve");
  const { format, output } = readOutputOptions(given, FORMATS);
  if (format === null && output === undefined && process.stdout.isTTY) {
    throw new ConfigError("HTML is not written to a terminal; use -o map.html for a file, or -o mermaid for text");
  }
  const opened = new Output(output);
  const graph = await openFilteredGraph({ ...given, output, files });
  process.exitCode = await finishGraph(graph, format ?? "html", opened);
}
