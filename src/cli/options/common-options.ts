import { type Command, Option } from "commander";
import { AGGREGATION_CONSUMERS } from "../../output/destinations.ts";
import { FORMATS } from "../../output/results.ts";
import { collect } from "./option-values.ts";
import { withOutputOptions } from "./output-options.ts";

/** Adds the options of captures: what names their addresses, and where their lookups are. */
export function withCaptureOptions(command: Command): Command {
  return command
    .optionsGroup("Names:")
    .option(
      "--cluster <file>",
      "Kubernetes objects from kubectl get -o json, optionally gzipped; - is standard input; repeatable",
      collect,
    )
    .option("--events <file>", "log of cluster changes from wirespan record")
    .option("--node <name>", "node of the capture: limit results to what this node's agent reports")
    .option(
      "--agents <names>",
      "nodes with an agent, such as A,B (default: nodes with a wirespan pod, otherwise all); repeatable",
      collect,
    )
    .option(
      "--external-cidr <cidr=name>",
      "name for addresses outside the cluster, such as 10.1.0.0/16=office; repeatable",
      collect,
    )
    .option("--cluster-domain <domain>", "DNS domain of the cluster", "cluster.local")
    .option(
      "--prefer-labels",
      "name workloads by the labels app.kubernetes.io/instance and /name instead of their owner",
    )
    .option("--keep-nodes", "draw each Kubernetes node separately, not all as one")
    .optionsGroup("Capture:")
    .option("--dns-port <port>", "additional DNS port, such as 5353 on OpenShift; repeatable", collect);
}

/** Adds the options that replay and agent share. */
export function withCommonOptions(command: Command): Command {
  return withOutputOptions(withCaptureOptions(command), FORMATS, {
    format: "format of the results (default: from the suffix of -o, otherwise table; agent: jsonl)",
    output: "a format such as json, or a file to write instead of standard output; -o ./json is a file",
  })
    .option("--otlp", "send span pairs to the Collector that the OTEL_… variables configure")
    .option("--keep-instrumented", "also send span pairs between instrumented workloads, which send their own spans")
    .addOption(
      new Option(
        "--aggregate-for <consumer>",
        "send one span pair for many connections of an edge; Tempo multiplies it by span_multiplier_key, a Collector's service_graph connector undercounts",
      ).choices(AGGREGATION_CONSUMERS),
    )
    .option("--max-pairs-per-edge <n>", "send at most n span pairs per edge and second; the others are only counted")
    .option("--stats <file>", "write counters as JSON; - is standard output");
}
