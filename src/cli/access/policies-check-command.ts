// EDGE: reads manifests; the exit code
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { check } from "../../access/check/check.ts";
import { checkJson, checkText } from "../../access/check/check-text.ts";
import { addManifests, type Manifests, newManifests } from "../../access/check/manifests.ts";
import { trafficOf } from "../../access/check/traffic.ts";
import { sourceFiles } from "../../graph-source/graph-source.ts";
import { readInputText } from "../../kubernetes/files/input-text.ts";
import { ConfigError } from "../../model/errors.ts";
import { checkDistinctFiles } from "../../output/files/distinct-files.ts";
import { Output } from "../../output/files/output.ts";
import { printMessage } from "../../output/stderr.ts";
import { type AnswerFormats, readAnswerOutput, withAnswerOutput, writeAnswer } from "../answers/answer-output.ts";
import { type GraphOptions, openFilteredGraph, withGraphOptions } from "../graph/graph-options.ts";
import { withUsage } from "../options/usage.ts";

type Format = "table" | "json";
const FORMATS: AnswerFormats<Format> = [
  ["table", "txt"],
  ["json", "json"],
];
const BLOCKED = 1;
const STANDARD_INPUT = "-";
const MANIFEST = /\.(ya?ml|json)$/;

export function policiesCheckCommand(): Command {
  const command = new Command("check")
    .summary("observed traffic that policies would block")
    .description(
      "Lists the observed traffic that NetworkPolicies would block: which policy, in which direction, with the evidence. What the graph does not decide is listed as not decided.",
    )
    .argument("<path>", "manifest, or a directory of manifests (YAML or JSON); - is standard input")
    .argument("[file...]", "captures to read the graph from, as for wirespan replay");
  return withAnswerOutput(withGraphOptions(withUsage(command)), FORMATS)
    .addHelpText(
      "after",
      `
Exit codes: 0 nothing is blocked; 1 something is, or the graph is incomplete; 2 invalid option, file or variable.
Namespace objects among the manifests give the labels of namespaces.

Examples:
  wirespan policies check policies/
  wirespan policies check policies/ --graph week.json -o json
  kubectl get networkpolicies,namespaces -A -o yaml | wirespan policies check -
`,
    )
    .action(runCheck);
}

async function runCheck(path: string, files: string[], _: GraphOptions, command: Command): Promise<void> {
  // Options that the command shares with its parent are read by the parent.
  const given = command.optsWithGlobals<GraphOptions & { readonly output?: string }>();
  const { format, output } = readAnswerOutput(given, FORMATS);
  const manifests = manifestFiles(path);
  checkDistinctFiles({ output }, [...manifests, ...sourceFiles({ ...given, files })]);
  const { policies, namespaces, ignored } = readManifests(manifests);
  if (policies.length === 0) {
    throw new ConfigError(
      `no NetworkPolicy (networking.k8s.io) in ${path === STANDARD_INPUT ? "standard input" : path}; give the manifests of the policies to check`,
    );
  }
  for (const one of ignored) printMessage(`${one} is not checked: only NetworkPolicy of networking.k8s.io is`);
  const opened = new Output(output);
  const graph = await openFilteredGraph({ ...given, output, files });
  const traffic = trafficOf(graph);
  const verdicts = check(traffic, policies, namespaces);
  const scope = { policies: policies.length, traffic: traffic.length, incomplete: graph.incomplete };
  const text = format === "json" ? checkJson(verdicts, scope) : checkText(verdicts, scope);
  const isBlocked = verdicts.some(({ result }) => result === "blocked");
  process.exitCode = writeAnswer(text, opened, graph.incomplete, isBlocked ? BLOCKED : 0);
}

/** Throws ConfigError. */
function readManifests(paths: readonly string[]): Manifests {
  const manifests = newManifests();
  for (const file of paths) {
    const content = readInputText(file, "manifest", "check fewer objects at once");
    addManifests(manifests, content, file === STANDARD_INPUT ? "standard input" : file);
  }
  return manifests;
}

function manifestFiles(path: string): string[] {
  if (path === STANDARD_INPUT) return [path];
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return [path];
  const names = readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && MANIFEST.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
  if (names.length === 0) throw new ConfigError(`no manifest in ${path}: no file ends with .yaml, .yml or .json`);
  return names.sort();
}
