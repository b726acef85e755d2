// EDGE: the exit code
import { Command } from "commander";
import { explain } from "../../answers/explain/explain.ts";
import { explainJson } from "../../answers/explain/explain-json.ts";
import { explainText } from "../../answers/explain/explain-text.ts";
import { nodeNamed } from "../../answers/named-node.ts";
import { checkNamespaces } from "../../graph/named-nodes.ts";
import { openGraph } from "../../graph-source/graph-source.ts";
import type { GraphNode } from "../../model/service-graph.ts";
import { Output } from "../../output/files/output.ts";
import { readOutputOptions } from "../../output/output-option.ts";
import { readFilter } from "../graph/filter-options.ts";
import type { GraphOptions } from "../graph/graph-options.ts";
import { withSourceOptions } from "../graph/source-options.ts";
import { collect } from "../options/option-values.ts";
import { withOutputOptions } from "../options/output-options.ts";
import { withUsage } from "../options/usage.ts";
import { writeAnswer } from "./answer-output.ts";

const FORMATS = ["text", "json"] as const;
/** There is no such edge, as `grep` ends when it finds nothing. */
const NOT_OBSERVED = 1;

export function explainCommand(): Command {
  const command = new Command("explain")
    .alias("why")
    .summary("explain why the graph has an edge")
    .description(
      "Explains the edge of two nodes: ports, names and Services on the way, outcomes, times, which agents saw it, how each end was found, and what is not known.",
    )
    .argument("<client>", "NAME, NAMESPACE/NAME, or as for kubectl, such as deploy/NAME")
    .argument("<server>", "named the same way")
    .argument("[file...]", "captures to read the graph from, as for wirespan replay");
  const withNamespace = withSourceOptions(withUsage(command))
    .optionsGroup("Answer:")
    .option("-n, --namespace <namespace>", "namespace of CLIENT and SERVER, if they have none; repeatable", collect);
  return withOutputOptions(withNamespace, FORMATS)
    .addHelpText(
      "after",
      `
The exit code is 1 if the edge was not observed.

Examples:
  wirespan explain checkout payments
  wirespan explain checkout payments -n shop
  wirespan why shop/cart api.example.com --graph week.json
`,
    )
    .action(runExplain);
}

async function runExplain(client: string, server: string, files: string[], given: GraphOptions): Promise<void> {
  const { format, output } = readOutputOptions(given, FORMATS);
  const opened = new Output(output);
  const graph = await openGraph({ ...given, output, files });
  const { namespaces } = readFilter({ namespace: given.namespace ?? [] }, graph);
  checkNamespaces(graph, namespaces);
  const ends = [client, server].map((name) => nodeNamed(graph, name, namespaces)) as [GraphNode, GraphNode];
  const explanation = explain(graph, ...ends);
  const text = format === "json" ? explainJson(explanation) : explainText(explanation);
  process.exitCode = writeAnswer(text, opened, graph.incomplete, explanation.edge === null ? NOT_OBSERVED : 0);
}
