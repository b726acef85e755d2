// EDGE: the exit code
import { Command } from "commander";
import { readGraphFiles } from "../../graph-source/files/graph-files.ts";
import { GraphFileOutput } from "../../output/graph-file-output.ts";
import { withUsage } from "../options/usage.ts";

interface MergeOptions {
  readonly output?: string;
}

export function mergeCommand(): Command {
  const command = new Command("merge")
    .summary("merge graph files from several times or nodes")
    .description(
      "Merges graph files into one. What one agent or recording saw counts once, however many files have it; what different ones saw is added up.",
    )
    .argument("<file...>", "graph files, optionally gzipped; - is standard input");
  return withUsage(command)
    .option("-o, --output <file>", "write the graph to a file instead of standard output")
    .addHelpText(
      "after",
      `
-o FILE is replaced when the whole graph has been merged, so it can be one of the merged files. Files from different clusters
are not merged.

Examples:
  wirespan merge monday.json tuesday.json -o week.json
  wirespan merge week.json today.json -o week.json
  wirespan merge node-*.json | wirespan edges --graph -
`,
    )
    .action(runMerge);
}

async function runMerge(paths: string[], { output }: MergeOptions): Promise<void> {
  const file = new GraphFileOutput(output);
  process.exitCode = file.write(await readGraphFiles(paths));
}
