// EDGE: the environment and this machine's name.
import { hostname } from "node:os";
import { Command, Option } from "commander";
import { AgentRun } from "../agent/agent-run.ts";
import { ApiCluster } from "../cluster-source/api-cluster.ts";
import type { ClusterSource } from "../cluster-source/cluster-source.ts";
import { FileCluster } from "../cluster-source/file-cluster.ts";
import type { NodeNames } from "../cluster-source/node-names.ts";
import { type CommonOptions, readSettings } from "../config.ts";
import { findApiAccess } from "../kubernetes/client/api-access.ts";
import { ConfigError } from "../model/errors.ts";
import { formatOf, readDestinations } from "../output/destinations.ts";
import { checkDistinctFiles } from "../output/distinct-files.ts";
import { checkStatsPath } from "../output/stats-file.ts";
import { printMessage } from "../output/stderr.ts";
import { parseListenAddress } from "../telemetry/listen-address.ts";
import { withCommonOptions } from "./common-options.ts";
import { CLUSTER_HELP, VARIABLES_HELP, withUsage } from "./usage.ts";

interface AgentCommandOptions extends CommonOptions {
  readonly device: string;
  readonly file?: string;
  readonly listen?: string;
  readonly kubeconfig?: string;
  /** False with --no-kubernetes. */
  readonly kubernetes: boolean;
  readonly watchPods: "cluster" | "node";
}

export function agentCommand(): Command {
  const command = new Command("agent")
    .summary("capture live on this machine until stopped, and send span pairs")
    .description(
      "Captures live on this machine until it is stopped (SIGTERM, Ctrl-C), and sends span pairs as it goes.",
    )
    .option("--device <name>", "network device to capture on; any is all of them", "any")
    .option("--kubeconfig <file>", "names come from the Kubernetes API that it names (default: as kubectl finds it)")
    .option("--no-kubernetes", "do not ask the Kubernetes API; without --cluster names are those of DNS only")
    .addOption(
      new Option("--watch-pods <scope>", "cluster: all pods. node: this node's; others are named by EndpointSlices")
        .choices(["cluster", "node"])
        .default("cluster"),
    )
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
  wirespan agent                                                         names from the Kubernetes API, span pairs to a Collector
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
  if (options.events === "-") {
    throw new ConfigError("the agent follows --events as it grows, which standard input does not; give a file");
  }
  checkStatsPath(options.stats);
  checkDistinctFiles(options, [options.file, ...(options.cluster ?? []), options.events, options.kubeconfig]);
  const cluster = await agentCluster(options);
  const run = new AgentRun(
    {
      source:
        options.file === undefined ? { type: "device", device: options.device } : { type: "file", path: options.file },
      settings,
      cluster,
      identify: (nodes) => identify(options, settings.agents, nodes, cluster.hasCluster),
    },
    { ...destinations, output: options.output, stats: options.stats, keepNodes: options.keepNodes === true, listen },
  );
  process.exitCode = await run.untilStopped();
}

const NO_CLUSTER =
  "no Kubernetes API is known here, so names are those of DNS only; run in a pod with a service account, or give --kubeconfig or --cluster";

/** Files where they are given, else the Kubernetes API where there is one. Throws ConfigError. */
async function agentCluster(options: AgentCommandOptions): Promise<ClusterSource> {
  const { cluster, events, kubeconfig, kubernetes } = options;
  const hasFiles = cluster !== undefined || events !== undefined;
  if (kubeconfig !== undefined && (hasFiles || !kubernetes)) {
    const other = hasFiles ? "--cluster and --events" : "--no-kubernetes";
    throw new ConfigError(
      `--kubeconfig does not go with ${other}: the cluster is known from one of them; leave one out`,
    );
  }
  if (options.watchPods === "node" && (hasFiles || !kubernetes)) {
    throw new ConfigError("--watch-pods is for the Kubernetes API, which is not asked here; leave it out");
  }
  const access = hasFiles || !kubernetes ? null : await findApiAccess(kubeconfig, process.env);
  if (access === null) return new FileCluster(options, !hasFiles && kubernetes ? NO_CLUSTER : null);
  return new ApiCluster(
    access,
    options.preferLabels === true,
    options.watchPods === "node" ? namedNode(options) : null,
  );
}

/** The node whose pods are watched: asking the API server for it, or for this machine's name, would be too late. */
function namedNode(options: AgentCommandOptions): string {
  const node = givenNode(options);
  if (node !== null) return node;
  throw new ConfigError("--watch-pods node needs to know which node this is; give --node, or set NODE_NAME");
}

/** As the option or the environment says. */
function givenNode({ node }: AgentCommandOptions): string | null {
  return (node ?? process.env.NODE_NAME) || null;
}

/** Which node this is. Throws ConfigError where the cluster has no such node. */
function identify(
  options: AgentCommandOptions,
  agents: ReadonlySet<string> | null,
  nodes: NodeNames,
  hasCluster: boolean,
): string | null {
  nodes.checkAgents(agents);
  const given = givenNode(options);
  if (given !== null) {
    nodes.check(given, agents, options.node === undefined ? "NODE_NAME" : "--node");
    return given;
  }
  if (nodes.has(hostname())) return hostname();
  if (hasCluster) {
    printMessage("it is not known which node this is, so every connection seen is told; give --node, or set NODE_NAME");
  }
  return null;
}
