// EDGE: the environment and the host name
import { hostname } from "node:os";
import { Command, Option } from "commander";
import { AgentRun } from "../agent/agent-run.ts";
import { saveMemory } from "../agent/memory-saver.ts";
import type { FactSource } from "../agent/node-capture.ts";
import { ApiCluster } from "../cluster-source/api-cluster.ts";
import type { ClusterSource } from "../cluster-source/cluster-source.ts";
import { FileCluster } from "../cluster-source/file-cluster.ts";
import type { NodeNames } from "../cluster-source/node-names.ts";
import { type CommonOptions, readSettings } from "../config.ts";
import { findApiAccess } from "../kubernetes/client/api-access.ts";
import { ConfigError } from "../model/errors.ts";
import { readDestinations } from "../output/destinations.ts";
import { checkDistinctFiles } from "../output/files/distinct-files.ts";
import { isStandardOutput } from "../output/files/output.ts";
import { canReplace, checkReplaceable } from "../output/files/replaced-file.ts";
import { checkStatsPath } from "../output/files/stats-file.ts";
import { readOutputOptions } from "../output/output-option.ts";
import { FORMATS, type Format } from "../output/results.ts";
import { printMessage } from "../output/stderr.ts";
import { checkSensorPath } from "../sensor/sensor-connection.ts";
import { parseListenAddresses } from "../telemetry/listen-address.ts";
import { withCommonOptions } from "./options/common-options.ts";
import { collect, parseEvery } from "./options/option-values.ts";
import { CLUSTER_HELP, KUBECONFIG_HELP, VARIABLES_HELP, withUsage } from "./options/usage.ts";

interface AgentCommandOptions extends CommonOptions {
  readonly device?: string;
  readonly sensor?: string;
  readonly file?: string;
  readonly listen?: readonly string[];
  readonly kubeconfig?: string;
  /** False with --no-kubernetes. */
  readonly kubernetes: boolean;
  readonly every?: string;
  readonly watchPods: "cluster" | "node";
  /** False with --no-graph. */
  readonly graph: boolean;
}

export function agentCommand(): Command {
  const command = new Command("agent")
    .summary("capture on this machine until stopped; send span pairs or write results")
    .description(
      "Captures on this machine until it is stopped (SIGTERM, Ctrl-C), and sends span pairs; with --format or -o, it writes results and sends nothing without --otlp.",
    )
    .option("--device <name>", "network interface to capture on; any, the default, is all interfaces")
    .option("--sensor <socket>", "read the Unix socket of wirespan sensor instead of capturing; needs no capability")
    .option("--kubeconfig <file>", KUBECONFIG_HELP)
    .option("--no-kubernetes", "do not connect to the Kubernetes API")
    .addOption(
      new Option(
        "--watch-pods <scope>",
        "watch pods of the whole cluster or only of this node; remote pods are then named from EndpointSlices",
      )
        .choices(["cluster", "node"])
        .default("cluster"),
    )
    .option(
      "--listen <[address:]port>",
      "serve /livez, /readyz, /metrics and /graph; a bare port binds to localhost, unix:PATH is a Unix socket; repeatable",
      collect,
    )
    .option("--no-graph", "keep no graph in memory, and serve none at /graph of --listen")
    .option(
      "--every <duration>",
      "how often to write the current graph: a table to standard output, any format to a file (default for a file: 5s)",
    )
    .addOption(new Option("--file <capture>", "read this file through libpcap instead of an interface").hideHelp());
  return withCommonOptions(withUsage(command))
    .addHelpText(
      "after",
      `
Requires CAP_NET_RAW for the sensor process that it starts; with --sensor, it requires no capability. Without --format,
the suffix of -o FILE selects the format (.html .svg .json .jsonl .dot .mmd), otherwise jsonl. The agent writes jsonl a
few seconds after each interaction, rewrites a graph in a file every 5 s, and writes other results when it stops. It
follows --events as the file grows, and writes --stats every second. Without --node, NODE_NAME names the node, otherwise
the host name if the cluster has such a node. Names come from the Kubernetes API, or from --cluster and --events; with
neither, from DNS only.
${CLUSTER_HELP}${VARIABLES_HELP}
Examples:
  wirespan agent                                                       names from the Kubernetes API, span pairs to a Collector
  wirespan agent --cluster cluster.json                                send span pairs to a Collector on localhost:4317
  wirespan agent --cluster cluster.json --format jsonl                 print interactions, send nothing
  wirespan agent --cluster cluster.json --format html -o map.html      a map that is refreshed every 5 s until Ctrl-C
  wirespan agent --cluster cluster.json --format table --every 5s      show the current table
`,
    )
    .action(runAgent);
}

async function runAgent(given: AgentCommandOptions): Promise<void> {
  saveMemory();
  const choice = readOutputOptions(given, FORMATS);
  const options = { ...given, output: choice.output };
  const settings = readSettings(options);
  const format = choice.format ?? (options.output === undefined ? null : "jsonl");
  const destinations = readDestinations(options, format, options.otlp === true || format === null);
  const listen = parseListenAddresses(options.listen ?? []);
  if (options.events === "-") {
    throw new ConfigError("the agent cannot follow --events on standard input; pass a file");
  }
  checkStatsPath(options.stats);
  checkDistinctFiles(options, [options.file, ...(options.cluster ?? []), options.events, options.kubeconfig]);
  const cluster = await agentCluster(options);
  const run = new AgentRun({
    source: sourceOf(options),
    settings,
    cluster,
    identify: (nodes) => identify(options, settings.agents, nodes, cluster.hasCluster),
    destinations: { ...destinations, listen, servesGraph: options.graph, renewMillis: readEvery(options, format) },
  });
  process.exitCode = await run.untilStopped();
}

const DEFAULT_RENEW_MILLIS = 5_000;

/** How often a graph is written while it grows; undefined: at the end only. Throws ConfigError. */
function readEvery({ every, output }: AgentCommandOptions, format: Format | null): number | undefined {
  const isGraph = format !== null && format !== "jsonl";
  const file = isStandardOutput(output) ? null : output;
  if (every === undefined) return isGraph && file !== null && canReplace(file) ? DEFAULT_RENEW_MILLIS : undefined;
  const millis = parseEvery(every, "5s");
  if (!isGraph || (file === null && format !== "table" && format !== "wide")) {
    throw new ConfigError(
      "--every requires output that can be rewritten; use --format table, or a file such as -o map.html",
    );
  }
  if (file !== null) checkReplaceable("-o", file);
  return millis;
}

/** Throws ConfigError. */
function sourceOf({ sensor, file, device }: AgentCommandOptions): FactSource {
  if (sensor !== undefined) {
    if (device !== undefined) {
      throw new ConfigError(
        "--device and --sensor cannot be combined: the sensor captures; pass --device to wirespan sensor",
      );
    }
    checkSensorPath(sensor, `--sensor ${sensor}`);
    return { type: "socket", path: sensor };
  }
  return file === undefined ? { type: "device", device: device ?? "any" } : { type: "file", path: file };
}

const NO_CLUSTER =
  "no Kubernetes API found, names come from DNS only; run in a pod with a service account, or pass --kubeconfig or --cluster";

/** The files of the options, otherwise the Kubernetes API if there is one. Throws ConfigError. */
async function agentCluster(options: AgentCommandOptions): Promise<ClusterSource> {
  const { cluster, events, kubeconfig, kubernetes } = options;
  const hasFiles = cluster !== undefined || events !== undefined;
  if (kubeconfig !== undefined && (hasFiles || !kubernetes)) {
    const other = hasFiles ? "--cluster or --events" : "--no-kubernetes";
    throw new ConfigError(`--kubeconfig cannot be combined with ${other}; omit one of them`);
  }
  if (options.watchPods === "node" && (hasFiles || !kubernetes)) {
    throw new ConfigError(
      "--watch-pods node requires the Kubernetes API; omit it with --cluster, --events or --no-kubernetes",
    );
  }
  const access = hasFiles || !kubernetes ? null : await findApiAccess(kubeconfig, process.env);
  if (access === null) return new FileCluster(options, !hasFiles && kubernetes ? NO_CLUSTER : null);
  return new ApiCluster(
    access,
    options.preferLabels === true,
    options.watchPods === "node" ? namedNode(options) : null,
  );
}

/** The node whose pods are watched. It must be known before the first list, so the host name is no fallback. */
function namedNode(options: AgentCommandOptions): string {
  const node = givenNode(options);
  if (node !== null) return node;
  throw new ConfigError("--watch-pods node requires the name of this node; set --node or NODE_NAME");
}

/** The node of the option or the environment. */
function givenNode({ node }: AgentCommandOptions): string | null {
  return (node ?? process.env.NODE_NAME) || null;
}

/** The name of this node; null if unknown. Throws ConfigError if the cluster has no such node. */
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
    printMessage(
      "node name unknown: reporting every observed connection, duplicates possible; set --node or NODE_NAME",
    );
  }
  return null;
}
