// EDGE: the exit code
import { Command } from "commander";
import { Output } from "../../output/files/output.ts";
import { readOutputOptions } from "../../output/output-option.ts";
import type { GraphFormat } from "../../render/graph-formats.ts";
import { withOutputOptions } from "../options/output-options.ts";
import { CAPTURE_ARGUMENT, withUsage } from "../options/usage.ts";
import { finishGraph, type GraphOptions, openFilteredGraph, withGraphOptions } from "./graph-options.ts";

const FORMATS = ["table", "wide", "json"] as const satisfies readonly GraphFormat[];

export function edgesCommand(): Command {
  const command = new Command("edges")
    .summary("list edges of a graph")
    .description("Lists the edges of a graph: client, server, how many connections, what failed.")
    .argument("[file...]", CAPTURE_ARGUMENT);
  return withOutputOptions(withGraphOptions(withUsage(command)), FORMATS)
    .addHelpText(
      "after",
      `
wide has every figure of an edge: ports, names, first and last seen, flows. json is a graph file, for --graph and jq.

Examples:
  wirespan edges -n shop                                         edges of a namespace, from the agents in the cluster
  wirespan edges --graph week.json --failed --since 2h           what failed in the last two hours of a snapshot
  wirespan edges node.pcap --cluster cluster.json --to data/orders-db
  wirespan edges --external -o json | jq -r '.edges[].names[]'
`,
    )
    .action(runEdges);
}

async function runEdges(files: string[], given: GraphOptions): Promise<void> {
  const { format, output } = readOutputOptions(given, FORMATS);
  const opened = new Output(output);
  const graph = await openFilteredGraph({ ...given, output, files });
  process.exitCode = await finishGraph(graph, format ?? "table", opened);
}
