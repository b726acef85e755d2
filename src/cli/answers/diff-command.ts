// EDGE: the clock and the exit code
import { Command, Option } from "commander";
import { diffMermaid } from "../../answers/diff/diff-mermaid.ts";
import { diffJson, diffText } from "../../answers/diff/diff-text.ts";
import { diffGraphs, FAIL_ON, type FailOn, type GraphDiff, hasDifference } from "../../answers/diff/graph-diff.ts";
import { filterGraph } from "../../graph/filter.ts";
import { ConfigError } from "../../model/errors.ts";
import type { ServiceGraph } from "../../model/service-graph.ts";
import { checkDistinctFiles } from "../../output/files/distinct-files.ts";
import { Output } from "../../output/files/output.ts";
import { readOutputOptions } from "../../output/output-option.ts";
import { printMessage } from "../../output/stderr.ts";
import { readFilter } from "../graph/filter-options.ts";
import { withClusterSourceOptions } from "../graph/source-options.ts";
import { collect } from "../options/option-values.ts";
import { withOutputOptions } from "../options/output-options.ts";
import { withUsage } from "../options/usage.ts";
import { type DiffGraphs, type DiffSourceOptions, openDiffGraphs } from "./diff-sources.ts";

const FORMATS = ["table", "json", "mermaid"] as const;

/** As of `diff` and `kubectl diff`. */
const DiffExit = { same: 0, different: 1, trouble: 2 } as const;

interface DiffOptions extends DiffSourceOptions {
  readonly namespace?: readonly string[];
  readonly allNamespaces?: boolean;
  readonly failOn?: readonly string[];
  readonly format?: string;
}

export function diffCommand(): Command {
  const command = new Command("diff")
    .summary("list edges that began, ended, or began to fail, between two graphs")
    .description(
      "Lists the edges that were added, that are gone, and that began to fail from one graph to another. Counts and times alone are no difference.",
    )
    .argument("[older]", "graph file, from snapshot or merge; - is standard input")
    .argument("[newer]", "graph file (default: the graph of the running agents, or of --prometheus)")
    .optionsGroup("Time:")
    .option(
      "--from <time>",
      "compare the metrics since this time with those of --range before it: 1d for a day ago, or an RFC 3339 time",
    )
    .optionsGroup("Edges:")
    .option("-n, --namespace <namespace>", "edges with either end in this namespace; repeatable", collect)
    .option("-A, --all-namespaces", "all namespaces, the default")
    .addOption(
      new Option(
        "--fail-on <kinds>",
        `exit with 1 only for these kinds: ${FAIL_ON.join(", ")}; repeatable, or separated by commas`,
      ).argParser(collect),
    );
  return withOutputOptions(withClusterSourceOptions(withUsage(command)), FORMATS)
    .addHelpText(
      "after",
      `
Exit codes: 0 no difference; 1 a difference; 2 trouble, such as a graph that is incomplete where no difference was found.

Examples:
  wirespan diff monday.json tuesday.json
  wirespan diff monday.json -n shop                          against the agents in the cluster
  wirespan diff base.json new.json --fail-on new-egress      for a pipeline: only new edges out of the cluster
  wirespan diff --prometheus http://localhost:9090 --from 1d what began in the last day, against the week before
`,
    )
    .action(runDiff);
}

async function runDiff(older: string | undefined, newer: string | undefined, given: DiffOptions): Promise<void> {
  const { format, output } = readOutputOptions(given, FORMATS);
  const kinds = readKinds(given.failOn);
  const opened = new Output(output);
  const files = [older, newer].filter((file) => file !== undefined);
  checkDistinctFiles({ output }, files);
  const graphs = await openDiffGraphs(files, given, Date.now() / 1_000);
  printUnknownNamespaces(graphs, given.namespace);
  const diff = diffGraphs(shown(graphs.older, given), shown(graphs.newer, given));
  const text = { table: diffText, json: diffJson, mermaid: diffMermaid }[format ?? "table"](diff);
  opened.write(text);
  opened.close();
  process.exitCode = exitCodeOf(diff, kinds);
}

/** Nothing differs in a namespace that neither graph has, so a mistyped one would look like success. */
function printUnknownNamespaces({ older, newer }: DiffGraphs, namespaces: readonly string[] = []): void {
  const known = new Set([...older.nodes, ...newer.nodes].flatMap(({ namespace }) => namespace ?? []));
  const names = known.size === 0 ? "none" : [...known].sort().join(", ");
  for (const name of namespaces.map((each) => each.replace(/^=/, ""))) {
    if (!known.has(name)) printMessage(`neither graph has the namespace ${name}; they have ${names}`);
  }
}

/** The edges of the namespaces that were asked for. */
function shown(graph: ServiceGraph, options: DiffOptions): ServiceGraph {
  // `--from` is a time here, and a node for other commands.
  const { from: _, ...filter } = options;
  return filterGraph(graph, readFilter(filter, graph));
}

/** An incomplete graph can show that something is new, not that nothing is. */
function exitCodeOf(diff: GraphDiff, kinds: readonly FailOn[]): number {
  const problems = [
    ...diff.older.incomplete.map((one) => `older graph: ${one}`),
    ...diff.newer.incomplete.map((one) => `newer graph: ${one}`),
  ];
  for (const problem of problems) printMessage(`incomplete: ${problem}`);
  if (hasDifference(diff, kinds)) return DiffExit.different;
  return problems.length > 0 ? DiffExit.trouble : DiffExit.same;
}

function readKinds(given: readonly string[] = []): readonly FailOn[] {
  return given
    .flatMap((text) => text.split(","))
    .map((kind) => {
      const known = FAIL_ON.find((each) => each === kind.trim());
      if (known !== undefined) return known;
      throw new ConfigError(`invalid --fail-on ${JSON.stringify(kind)}: expected ${FAIL_ON.join(", ")}`);
    });
}
