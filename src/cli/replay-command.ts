// EDGE: the exit code
import { Command } from "commander";
import { ClusterFiles } from "../cluster-source/cluster-files.ts";
import { InvalidObjects } from "../cluster-source/invalid-objects.ts";
import { type CommonOptions, readSettings } from "../config.ts";
import { readEventsFile } from "../kubernetes/files/events-file.ts";
import { formatOf, readDestinations } from "../output/destinations.ts";
import { checkDistinctFiles } from "../output/distinct-files.ts";
import { checkStatsPath } from "../output/stats-file.ts";
import { ReplayRun } from "../replay/replay-run.ts";
import { checkCaptures, groupByNode } from "./capture-arguments.ts";
import { withCommonOptions } from "./common-options.ts";
import { collect } from "./option-values.ts";
import { CLUSTER_HELP, VARIABLES_HELP, withUsage } from "./usage.ts";

interface ReplayOptions extends CommonOptions {
  readonly capture?: readonly string[];
}

export function replayCommand(): Command {
  const command = new Command("replay")
    .summary("draw the service graph of capture files")
    .description(
      "Draws the service graph of capture files: which workload connected to which, how often, and what failed.",
    )
    .argument(
      "[file...]",
      "captures of one node (pcap or pcapng, optionally gzipped; - is standard input), merged by time",
    )
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

async function runReplay(files: string[], options: ReplayOptions): Promise<void> {
  const settings = readSettings(options);
  const groups = groupByNode({ ...options, files });
  const destinations = readDestinations(options, formatOf(options) ?? "table", options.otlp === true);
  checkStatsPath(options.stats);
  checkDistinctFiles(options, [...groups.flatMap((group) => group.files), ...(options.cluster ?? []), options.events]);
  const sizes = checkCaptures(groups.flatMap((group) => group.files));
  const cluster = readCluster(options);
  cluster.nodes.checkAgents(settings.agents);
  for (const { node } of groups) if (node !== null) cluster.nodes.check(node, settings.agents);

  process.exitCode = await new ReplayRun({
    recordings: groups.map(({ node, files }) => ({ files, options: { feed: cluster.feed(), node, ...settings } })),
    sizes,
    cluster,
    destinations,
  }).untilEnded();
}

function readCluster(options: ReplayOptions): ClusterFiles {
  const invalidObjects = new InvalidObjects();
  const events = options.events === undefined ? [] : readEventsFile(options.events, invalidObjects.add);
  const cluster = new ClusterFiles(options, events, invalidObjects);
  if (options.events !== undefined) cluster.printMissingKinds(options.events);
  return cluster;
}
