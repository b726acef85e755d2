// EDGE: the exit code
import { Command } from "commander";
import type { CommonOptions } from "../config.ts";
import { readDestinations } from "../output/destinations.ts";
import { checkDistinctFiles } from "../output/files/distinct-files.ts";
import { checkStatsPath } from "../output/files/stats-file.ts";
import { readOutputOptions } from "../output/output-option.ts";
import { FORMATS } from "../output/results.ts";
import { groupByNode } from "../replay/capture-arguments.ts";
import { inputFiles, openRecordings } from "../replay/open-recordings.ts";
import { ReplayRun } from "../replay/replay-run.ts";
import { withCommonOptions } from "./options/common-options.ts";
import { collect } from "./options/option-values.ts";
import { CAPTURE_ARGUMENT, CLUSTER_HELP, VARIABLES_HELP, withUsage } from "./options/usage.ts";

interface ReplayOptions extends CommonOptions {
  readonly capture?: readonly string[];
}

export function replayCommand(): Command {
  const command = new Command("replay")
    .summary("draw the service graph of capture files")
    .description(
      "Draws the service graph of capture files: which workload connected to which, how often, and what failed.",
    )
    .argument("[file...]", CAPTURE_ARGUMENT)
    .option("--capture <node=file>", "capture of a node; repeatable, captures from several nodes are merged", collect);
  return withCommonOptions(withUsage(command))
    .addHelpText(
      "after",
      `
Without --format, the suffix of -o FILE selects the format (.html .svg .json .jsonl .dot .mmd), otherwise table. With
jsonl, each connection and each lookup is one line of JSON.
${CLUSTER_HELP}${VARIABLES_HELP}
Examples:
  wirespan replay node.pcap                                                    names from DNS only
  wirespan replay node.pcap --cluster cluster.json --node worker-1             what the agent on worker-1 would report
  wirespan replay --capture a=a.pcap --capture b=b.pcap --cluster cluster.json --format html -o map.html
  wirespan replay node.pcap --cluster cluster.json --format jsonl | jq .name   every name that clients used
  wirespan replay node.pcap --cluster cluster.json --otlp                      also send span pairs
`,
    )
    .action(runReplay);
}

async function runReplay(files: string[], given: ReplayOptions): Promise<void> {
  const { format, output } = readOutputOptions(given, FORMATS);
  const options = { ...given, output };
  const groups = groupByNode({ ...options, files });
  const destinations = readDestinations(options, format ?? "table", options.otlp === true);
  checkStatsPath(options.stats);
  checkDistinctFiles(options, inputFiles(groups, options));
  process.exitCode = await new ReplayRun({ ...openRecordings(groups, options), destinations }).untilEnded();
}
