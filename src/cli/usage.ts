// EDGE: the terminal's width
import type { Command } from "commander";
import { printMessage } from "../output/stderr.ts";

const MAX_HELP_WIDTH = 110;

/** How a command shows its help and says that it was not understood: in one sentence, and where help is. */
export function withUsage(command: Command): Command {
  const names = command.name() === "wirespan" ? "wirespan" : `wirespan ${command.name()}`;
  const width = Math.min(process.stdout.columns || 100, MAX_HELP_WIDTH);
  return command
    .configureHelp({ helpWidth: width, showGlobalOptions: false })
    .configureOutput({
      outputError(text) {
        const sentence = text
          .replace(/^error: /, "")
          .trim()
          .replaceAll(/\s*\n\s*/g, " ")
          .replace(/\.$/, "");
        printMessage(`${sentence}; ${names} --help tells what there is`);
      },
    })
    .helpOption("-h, --help", "show this help")
    .showSuggestionAfterError()
    .exitOverride();
}

export const GENERAL_HELP = `
What it is:
  wirespan watches DNS answers and TCP handshakes, and tells who connects to whom by name: as a table, a picture or
  a map, and as span pairs from which an OpenTelemetry Collector or Tempo draws its service graph.

What you need:
  replay   a capture of a node, made with: tcpdump -i any -w node.pcap
           the cluster's objects, so that addresses get names; without them only DNS names are known:
           kubectl get pods,services,endpointslices,nodes,replicasets,deployments,statefulsets,daemonsets,jobs,cronjobs \\
             -A -o json > cluster.json
  agent    Linux and CAP_NET_RAW (root has it) on each node; names come from the Kubernetes API, in a pod or with the
           kubeconfig that kubectl would take, else from such a file

Examples:
  wirespan replay node.pcap                                             a table, with the names that DNS gives
  wirespan replay node.pcap --cluster cluster.json --node worker-1      what the agent on worker-1 would have told
  wirespan replay node.pcap --cluster cluster.json --format html -o map.html
  wirespan agent                                                        send span pairs to a Collector on localhost:4317

Exit codes: 0 all is well; 1 the result is incomplete or could not be had; 2 a wrong option, file or variable.
`;

export const CLUSTER_HELP = `
The cluster file:
  kubectl get pods,services,endpointslices,nodes,replicasets,deployments,statefulsets,daemonsets,jobs,cronjobs \\
    -A -o json > cluster.json
`;

export const VARIABLES_HELP = `
Environment:
  OTEL_EXPORTER_OTLP_ENDPOINT   the Collector's gRPC port, http://localhost:4317 by default; the other OTEL_EXPORTER_OTLP_…
                                and OTEL_BSP_… variables hold too
  OTEL_TRACES_EXPORTER          console prints span pairs instead, none counts them only
`;
