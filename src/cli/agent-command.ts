// EDGE: the environment and this machine's name.
import { hostname } from "node:os";
import { Command, Option } from "commander";
import { type CommonOptions, readSettings } from "../config.ts";
import { parseListenAddress } from "../telemetry/listen-address.ts";
import { AgentRun } from "./agent-run.ts";
import { ClusterInput } from "./cluster-input.ts";
import { withCommonOptions } from "./common-options.ts";
import { formatOf, readDestinations } from "./destinations.ts";
import { checkDistinctFiles } from "./distinct-files.ts";
import { EventsFollower } from "./events-follower.ts";
import { checkStatsPath } from "./stats-file.ts";
import { say } from "./stderr.ts";
import { CLUSTER_HELP, VARIABLES_HELP, withUsage } from "./usage.ts";

interface AgentCommandOptions extends CommonOptions {
  readonly device: string;
  readonly file?: string;
  readonly listen?: string;
}

export function agentCommand(): Command {
  const command = new Command("agent")
    .summary("capture live on this machine until stopped, and send span pairs")
    .description(
      "Captures live on this machine until it is stopped (SIGTERM, Ctrl-C), and sends span pairs as it goes.",
    )
    .option("--device <name>", "network device to capture on; any is all of them", "any")
    .option("--listen <[address:]port>", "serve /livez, /readyz and /metrics; a port alone is for this machine only")
    .addOption(new Option("--file <capture>", "read this file through libpcap instead of a device").hideHelp());
  return withCommonOptions(withUsage(command))
    .addHelpText(
      "after",
      `
Needs CAP_NET_RAW. Without --format and -o span pairs are sent, as with --otlp. Without --format the suffix of
-o FILE decides (.html .svg .json .jsonl .dot .mmd); else it is jsonl. With jsonl each interaction is
written some seconds after it was seen; the other formats are written at the end. --events is followed as it grows.
--node is NODE_NAME of the environment by default, else this machine's name where the cluster has such a node.
Counters are written to --stats every second.
${CLUSTER_HELP}${VARIABLES_HELP}
Examples:
  wirespan agent --cluster cluster.json                                  send span pairs to a Collector on localhost:4317
  wirespan agent --cluster cluster.json --format jsonl                   print what is seen, and send nothing
  wirespan agent --cluster cluster.json --format html -o map.html        draw a map of all that is seen until Ctrl-C
`,
    )
    .action(runAgent);
}

async function runAgent(options: AgentCommandOptions): Promise<void> {
  const settings = readSettings(options);
  const format = formatOf(options) ?? (options.output === undefined ? null : "jsonl");
  const destinations = readDestinations(options, format, options.otlp === true || format === null);
  const listen = options.listen === undefined ? null : parseListenAddress(options.listen);
  checkStatsPath(options.stats);
  checkDistinctFiles(options, [options.file, options.cluster, options.events]);
  const events = options.events === undefined ? null : new EventsFollower(options.events);
  const cluster = new ClusterInput(options, events?.readFirst() ?? []);
  cluster.checkAgents(settings.agents);
  const node = ownNode(options, cluster);
  if (node !== null) cluster.checkNode(node, settings.agents, options.node === undefined ? "NODE_NAME" : "--node");
  const run = new AgentRun(
    {
      source:
        options.file === undefined ? { type: "device", device: options.device } : { type: "file", path: options.file },
      pipeline: { feed: cluster.feed(), node, ...settings },
    },
    { ...destinations, output: options.output, stats: options.stats, keepNodes: options.keepNodes === true, listen },
    { events, hasCluster: !cluster.isEmpty },
  );
  if (node === null && !cluster.isEmpty) {
    say("it is not known which node this is, so every connection seen is told; give --node, or set NODE_NAME");
  }
  process.exitCode = await run.untilStopped();
}

function ownNode({ node }: AgentCommandOptions, { nodeNames }: ClusterInput): string | null {
  const given = node ?? process.env.NODE_NAME;
  if (given !== undefined && given !== "") return given;
  return nodeNames.has(hostname()) ? hostname() : null;
}
