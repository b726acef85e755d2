// EDGE: the exit code
import { Command } from "commander";
import { type Reach, reach } from "../../answers/blast-radius/blast-radius.ts";
import { blastRadiusJson } from "../../answers/blast-radius/blast-radius-json.ts";
import { blastRadiusMap } from "../../answers/blast-radius/blast-radius-map.ts";
import { blastRadiusText } from "../../answers/blast-radius/blast-radius-text.ts";
import { type Target, targetNamed } from "../../answers/blast-radius/target.ts";
import type { ServiceGraph } from "../../model/service-graph.ts";
import { Output } from "../../output/files/output.ts";
import { readOutputOptions } from "../../output/output-option.ts";
import { type GraphOptions, openAnswerGraph, withGraphOptions } from "../graph/graph-options.ts";
import { parseCount } from "../options/option-values.ts";
import { withOutputOptions } from "../options/output-options.ts";
import { withUsage } from "../options/usage.ts";
import { writeAnswer } from "./answer-output.ts";

const FORMATS = ["table", "json", "html", "svg"] as const;
type Format = (typeof FORMATS)[number];

interface BlastRadiusOptions extends GraphOptions {
  readonly needs?: boolean;
  readonly maxDepth?: string;
}

export function blastRadiusCommand(): Command {
  const command = new Command("blast-radius")
    .summary("list who is affected when a node of the graph is down")
    .description(
      "Lists who is affected when a workload, a Service, an external name, a Kubernetes node or a namespace is down.",
    )
    .argument(
      "<name>",
      "NAME, NAMESPACE/NAME, or as for kubectl, such as svc/NAME; node/NAME is a Kubernetes node, namespace/NAME a namespace",
    )
    .argument("[file...]", "captures to read the graph from, as for wirespan replay")
    .optionsGroup("Answer:")
    .option("--needs", "list what NAME depends on, instead of what depends on it")
    .option("--max-depth <n>", "maximum length of a path, in edges");
  const namespaceHelp = "namespace of NAME, if NAME has none; repeatable. Callers from all namespaces are listed";
  return withOutputOptions(withGraphOptions(withUsage(command), namespaceHelp), FORMATS)
    .addHelpText(
      "after",
      `
Connections show who depends on whom, not how much: whether a caller works without its server is unknown. An edge that
only fails is listed apart, since its client is not newly affected; so is a name that is looked up and never connected.

Examples:
  wirespan blast-radius payments                       who is affected when payments is down
  wirespan blast-radius payments -n shop               payments of the namespace shop, and its callers anywhere
  wirespan blast-radius shop/checkout --needs          what checkout needs
  wirespan blast-radius node/worker-1                  which workloads lose their pods with a node, and who needs them
  wirespan blast-radius payments -o payments.html      the same as a map, which opens with what is affected
  wirespan blast-radius api.example.com --graph week.json -o json
`,
    )
    .action(runBlastRadius);
}

async function runBlastRadius(name: string, files: string[], given: BlastRadiusOptions): Promise<void> {
  const { format, output } = readOutputOptions(given, FORMATS);
  const maxDepth = given.maxDepth === undefined ? null : parseCount("--max-depth", given.maxDepth);
  const opened = new Output(output);
  const { graph, whole, namespaces } = await openAnswerGraph({ ...given, output, files });
  const target = targetNamed(graph, name, namespaces);
  const direction = given.needs === true ? "needs" : "callers";
  const answer = reach(graph, target.nodes, { direction, maxDepth, whole });
  const text = await answerText(format ?? "table", graph, target, answer, maxDepth);
  process.exitCode = writeAnswer(text, opened, graph.incomplete);
}

function answerText(
  format: Format,
  graph: ServiceGraph,
  target: Target,
  answer: Reach,
  maxDepth: number | null,
): string | Promise<string> {
  switch (format) {
    case "table":
      return blastRadiusText(target, answer);
    case "json":
      return blastRadiusJson(target, answer, graph);
    case "html":
    case "svg":
      return blastRadiusMap(graph, format, answer, maxDepth);
  }
}
