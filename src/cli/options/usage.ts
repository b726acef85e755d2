// EDGE: the terminal's width, the environment
import type { Command } from "commander";
import { printMessage } from "../../output/stderr.ts";

const MAX_HELP_WIDTH = 110;

/** What people type to start the program. As a plugin of kubectl (`kubectl-wirespan`), wirespan.sh sets it to `kubectl wirespan`. */
export const PROGRAM = process.env.WIRESPAN_COMMAND || "wirespan";

/** Help with its examples as they are typed. */
const asTyped = (help: string): string => help.replaceAll(/(?<=^ {2})wirespan (?=[a-z])/gm, () => `${PROGRAM} `);

/** Configures the help of a command, and its usage errors: one sentence that names the help. */
export function withUsage(command: Command): Command {
  const width = Math.min(process.stdout.columns || 100, MAX_HELP_WIDTH);
  return command
    .configureHelp({ helpWidth: width, showGlobalOptions: false })
    .configureOutput({
      writeOut: (text) => void process.stdout.write(asTyped(text)),
      writeErr: (text) => void process.stderr.write(asTyped(text)),
      outputError(text) {
        const sentence = text
          .replace(/^error: /, "")
          .trim()
          .replaceAll(/\s*\n\s*/g, " ")
          .replace(/\.$/, "");
        printMessage(`${valueOfFlag(sentence, command) ?? sentence}; see ${nameOf(command)} --help`);
      },
    })
    .helpOption("-h, --help", "show help")
    .showSuggestionAfterError()
    .exitOverride();
}

/** For `--failed=true`, which commander takes as the name of an unknown option; null for other errors. */
function valueOfFlag(sentence: string, command: Command): string | null {
  const [, long, value] = /^unknown option '(--[^=']+)(=[^']*)'/.exec(sentence) ?? [];
  const isFlag = command.options.some((option) => option.long === long);
  return isFlag ? `option '${long}' takes no value: omit ${value}` : null;
}

/** As people type it: `wirespan policies check`. */
function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}

export const CAPTURE_ARGUMENT =
  "captures of one node (pcap or pcapng, optionally gzipped; - is standard input), merged by time";

const KUBECTL_GET = `kubectl get pods,services,endpointslices,nodes,replicasets,deployments,statefulsets,daemonsets,jobs,cronjobs \\`;

export const GENERAL_HELP = `
wirespan observes DNS answers and TCP handshakes, and reports which workload connects to which, by name: as a table,
a picture or a map, and as span pairs for the service graph of an OpenTelemetry Collector or Tempo.

Requirements:
  replay   a capture of a node, from: tcpdump -i any -w node.pcap
           the Kubernetes objects, to name addresses; without them, names come from DNS only:
           ${KUBECTL_GET}
             -A -o json > cluster.json
  agent    Linux and CAP_NET_RAW (root has it) on each node, for the sensor process that it starts; with --sensor, it reads
           wirespan sensor in another container instead, and requires no capability; names come from the Kubernetes API,
           with the service account of the pod or the kubeconfig that kubectl uses, or from the file above

Examples:
  wirespan replay node.pcap                                             a table, with names from DNS
  wirespan replay node.pcap --cluster cluster.json --node worker-1      what the agent on worker-1 would report
  wirespan replay node.pcap --cluster cluster.json --format html -o map.html
  wirespan agent                                                        send span pairs to a Collector on localhost:4317
  wirespan edges -n shop --failed                                       what fails, from all agents in the cluster
  wirespan blast-radius payments --graph week.json                      who is affected when payments is down

Exit codes: 0 success; 1 the result is incomplete or missing; 2 invalid option, file or variable.
`;

export const CLUSTER_HELP = `
The cluster file:
  ${KUBECTL_GET}
    -A -o json > cluster.json
`;

export const VARIABLES_HELP = `
Environment:
  OTEL_EXPORTER_OTLP_ENDPOINT   endpoint of the Collector (default: http://localhost:4317); other OTEL_EXPORTER_OTLP_…
                                and OTEL_BSP_… variables apply too
  OTEL_EXPORTER_OTLP_PROTOCOL   grpc (default), or http/protobuf (default endpoint: http://localhost:4318)
  OTEL_TRACES_EXPORTER          console prints span pairs instead of sending them, none only counts them
`;

export const KUBECONFIG_HELP = "kubeconfig file (default: service account of the pod, otherwise as kubectl)";
