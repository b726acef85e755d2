// EDGE: the exit code
import { Command } from "commander";
import { GraphFileOutput } from "../../output/graph-file-output.ts";
import { CAPTURE_ARGUMENT, withUsage } from "../options/usage.ts";
import { type GraphOptions, openFilteredGraph, withGraphOptions } from "./graph-options.ts";

export function snapshotCommand(): Command {
  const command = new Command("snapshot")
    .summary("save a graph as a file, for --graph, merge and jq")
    .description("Saves a graph as a graph file. Other commands read it with --graph; merge adds up several.")
    .argument("[file...]", CAPTURE_ARGUMENT);
  return withGraphOptions(withUsage(command))
    .optionsGroup("Results:")
    .option("-o, --output <file>", "write the graph to a file instead of standard output")
    .addHelpText(
      "after",
      `
-o FILE is replaced when the whole graph is there; it can be a file that --graph reads.

Examples:
  wirespan snapshot -o today.json                                what the agents in the cluster have seen
  wirespan snapshot node.pcap --cluster cluster.json --node worker-1 -o node.json
  wirespan snapshot --graph week.json --graph today.json -o week.json
`,
    )
    .action(runSnapshot);
}

async function runSnapshot(files: string[], given: GraphOptions): Promise<void> {
  const file = new GraphFileOutput(given.output);
  // A graph file is replaced after it was read, a capture is not.
  const { output, ...source } = given;
  process.exitCode = file.write(
    await openFilteredGraph({ ...source, ...(given.graph === undefined ? { output } : {}), files }),
  );
}
