// EDGE: the exit code
import { Command } from "commander";
import { rollout } from "../../answers/rollout/rollout.ts";
import { rolloutJson } from "../../answers/rollout/rollout-json.ts";
import { rolloutMarkdown, rolloutText } from "../../answers/rollout/rollout-text.ts";
import { Output } from "../../output/files/output.ts";
import { readOutputOptions } from "../../output/output-option.ts";
import { type GraphOptions, openAnswerGraph, withGraphOptions } from "../graph/graph-options.ts";
import { parseCount } from "../options/option-values.ts";
import { withOutputOptions } from "../options/output-options.ts";
import { CAPTURE_ARGUMENT, withUsage } from "../options/usage.ts";
import { writeAnswer } from "./answer-output.ts";

const FORMATS = ["table", "json", "markdown"] as const;

interface RolloutOptions extends GraphOptions {
  readonly first?: string;
  readonly patch?: boolean;
}

export function rolloutCommand(): Command {
  const command = new Command("rollout")
    .summary("rank the workloads to instrument with OpenTelemetry, and show progress")
    .description(
      "Ranks workloads by what their spans would add to the graph, and shows how much of it real spans draw today.",
    )
    .argument("[file...]", CAPTURE_ARGUMENT)
    .optionsGroup("Answer:")
    .option("--first <n>", "list only the first n workloads")
    .option("--patch", "also print, as comments, the commands that make the OpenTelemetry Operator instrument them");
  const namespaceHelp = "rank the workloads of this namespace, by what they add to the whole graph; repeatable";
  return withOutputOptions(withGraphOptions(withUsage(command), namespaceHelp), FORMATS)
    .addHelpText(
      "after",
      `
An edge between two workloads is complete when both send spans; one to a store or out of the cluster needs only its
client. Each workload is ranked after those above it are instrumented. Nothing is applied.

Examples:
  wirespan rollout                                     the ranking, from the agents in the cluster
  wirespan rollout -n shop --first 5 --patch           five workloads of a namespace, with commands
  wirespan rollout --graph week.json -o markdown
`,
    )
    .action(runRollout);
}

async function runRollout(files: string[], given: RolloutOptions): Promise<void> {
  const { format, output } = readOutputOptions(given, FORMATS);
  const first = given.first === undefined ? null : parseCount("--first", given.first);
  const opened = new Output(output);
  const { graph, namespaces } = await openAnswerGraph({ ...given, output, files });
  const answer = rollout(graph, namespaces);
  const options = { first, hasPatches: given.patch === true };
  const text = {
    table: () => rolloutText(answer, options),
    json: () => rolloutJson(answer, graph, first),
    markdown: () => rolloutMarkdown(answer, options),
  }[format ?? "table"]();
  process.exitCode = writeAnswer(text, opened, graph.incomplete);
}
