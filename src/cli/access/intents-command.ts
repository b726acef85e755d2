// EDGE: the exit code
import { Command, Option } from "commander";
import { intentsOf } from "../../access/intents/intents.ts";
import { INTENTS_VERSIONS, type IntentsVersion, intentsDocuments } from "../../access/intents/intents-documents.ts";
import { openGraph } from "../../graph-source/graph-source.ts";
import { printIncomplete } from "../../output/completeness.ts";
import { readOutputOptions } from "../../output/output-option.ts";
import { printMessage } from "../../output/stderr.ts";
import { observedText } from "../../render/labels/observed-text.ts";
import { withOutputOptions } from "../options/output-options.ts";
import { CAPTURE_ARGUMENT, withUsage } from "../options/usage.ts";
import { DOCUMENT_FORMATS, DocumentOutput, documentHelp, unwrittenFilesTexts } from "./document-output.ts";
import { readNamespaces, type WorkloadOptions, withWorkloadOptions } from "./workload-options.ts";

interface IntentsOptions extends WorkloadOptions {
  readonly apiVersion: IntentsVersion;
  /** False with --no-comments. */
  readonly comments: boolean;
}

export function intentsCommand(): Command {
  const command = new Command("intents")
    .summary("write ClientIntents for each workload, from observed connections")
    .description(
      "Writes a ClientIntents object (k8s.otterize.com) for each workload: the workloads, Services and external names that it connected to. Nothing is applied.",
    )
    .argument("[file...]", CAPTURE_ARGUMENT);
  return withOutputOptions(withWorkloadOptions(withUsage(command)), DOCUMENT_FORMATS, documentHelp("object"))
    .addOption(
      new Option("--api-version <version>", "version of the objects").choices(INTENTS_VERSIONS).default("v2beta1"),
    )
    .option("--no-comments", "omit the comments with ports, counts and times")
    .addHelpText(
      "after",
      `
Targets in the cluster have no ports in ClientIntents, so comments show them. What cannot be declared, such as a node or
an address without an owner, is a comment too, and so is an edge that only failed. -n selects clients.

Examples:
  wirespan intents -n shop
  wirespan intents --graph week.json -o intents/           a file for each workload: checkout.shop.yaml
  wirespan intents -n shop | kubectl apply --dry-run=server -f -
`,
    )
    .action(runIntents);
}

async function runIntents(files: string[], given: IntentsOptions): Promise<void> {
  const { format: chosen, output } = readOutputOptions(given, DOCUMENT_FORMATS);
  const format = chosen ?? "yaml";
  const opened = new DocumentOutput(output);
  const graph = await openGraph({ ...given, output, files });
  const isSelected = readNamespaces(given, graph);
  const all = intentsOf(graph);
  const clients = all.clients.filter(({ namespace }) => isSelected(namespace));
  const notes = all.notes.filter(({ namespace }) => isSelected(namespace)).map(({ text }) => text);
  const head = [
    `observed ${observedText(graph.observed)}`,
    ...graph.incomplete.map((one) => `incomplete: ${one}`),
    ...notes,
  ];
  const documents = intentsDocuments(clients, { version: given.apiVersion, hasComments: given.comments });
  const hasHead = given.comments && opened.hasHead(format);
  opened.write({ head: given.comments ? head : [], documents }, format);
  if (!hasHead) for (const note of notes) printMessage(note);
  for (const sentence of unwrittenFilesTexts([opened])) printMessage(sentence);
  process.exitCode = printIncomplete(graph.incomplete);
}
