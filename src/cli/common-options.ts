import { type Command, Option } from "commander";
import { AGGREGATION_CONSUMERS } from "../output/destinations.ts";
import { FORMATS } from "../output/results.ts";
import { collect } from "./option-values.ts";

/** Adds what replay and agent have in common. */
export function withCommonOptions(command: Command): Command {
  return command
    .optionsGroup("Names:")
    .option(
      "--cluster <file>",
      "the cluster's objects as JSON, gzip too; - is standard input; how to make it stands below; repeatable",
      collect,
    )
    .option("--events <file>", 'changes of the cluster, one {"t": seconds, "type", "object"} a line')
    .option("--node <name>", "node that these packets are of: tells only what the agent there is to report")
    .option(
      "--agents <names>",
      "nodes with an agent, A,B (default: those with a wirespan pod, else all); repeatable",
      collect,
    )
    .option(
      "--external-cidr <cidr=name>",
      "name for addresses outside the cluster, 10.1.0.0/16=office; repeatable",
      collect,
    )
    .option("--cluster-domain <domain>", "DNS domain of the cluster", "cluster.local")
    .option("--prefer-labels", "name workloads by the labels app.kubernetes.io/instance and /name before their owner")
    .option("--keep-nodes", "draw each node of the cluster by itself, not all as one")
    .optionsGroup("Capture:")
    .option("--dns-port <port>", "DNS port besides 53, such as 5353 on OpenShift; repeatable", collect)
    .optionsGroup("Results:")
    .addOption(
      new Option(
        "--format <format>",
        "form of the results (default: as the suffix of -o says, else table; of the agent jsonl)",
      ).choices(FORMATS),
    )
    .option("-o, --output <file>", "write results there, not to standard output")
    .option("--otlp", "send span pairs to a Collector, as the OTEL_… variables say")
    .option("--keep-instrumented", "send span pairs between workloads that send spans of their own, too")
    .addOption(
      new Option(
        "--aggregate-for <consumer>",
        "send one span pair for many connections of an edge, which Tempo counts by its span_multiplier_key; a Collector's service_graph connector would undercount",
      ).choices(AGGREGATION_CONSUMERS),
    )
    .option("--max-pairs-per-edge <n>", "send at most so many span pairs per edge and second, and count the others")
    .option("--stats <file>", "write counters as JSON; - is standard output");
}
