import type { Command } from "commander";
import { withCaptureOptions } from "../options/common-options.ts";
import { collect } from "../options/option-values.ts";

/** Adds the options that select a graph. Captures can also be arguments. */
export function withSourceOptions(command: Command): Command {
  command
    .optionsGroup("Source:")
    .option(
      "--graph <file>",
      "graph file from snapshot or merge; - is standard input; repeatable, files are merged",
      collect,
    );
  withClusterSourceOptions(command).option(
    "--capture <node=file>",
    "capture of a node; repeatable, captures from several nodes are merged",
    collect,
  );
  return withCaptureOptions(command);
}

/** Adds the options that select the graph of a cluster: of its agents, or of its metrics. */
export function withClusterSourceOptions(command: Command): Command {
  return command
    .optionsGroup("Source:")
    .option("--live", "read the agents in the cluster; the default without another source")
    .option("--context <name>", "context of the kubeconfig (default: the current context)")
    .option("--kubeconfig <file>", "kubeconfig of the cluster whose agents are read (default: as kubectl)")
    .option("--agent-namespace <namespace>", "namespace of the agents (default: any)")
    .option("--prometheus [url]", "read the service graph metrics in this Prometheus (default: PROMETHEUS_URL)")
    .option("--range <duration>", "how far before --at to read the metrics (default: 7d)")
    .option("--at <time>", "end of the range: an RFC 3339 time, or 1d for a day ago (default: now)")
    .option("--prometheus-match <matcher>", "only series with this label, such as 'cluster=\"a\"'; repeatable", collect)
    .option(
      "--prometheus-header <header>",
      "header to send with requests, such as 'X-Scope-OrgID: a'; repeatable",
      collect,
    )
    .option("--prometheus-ca-file <file>", "PEM file of the CA that signed the certificate of Prometheus");
}
