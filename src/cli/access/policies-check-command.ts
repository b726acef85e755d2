// EDGE: reads manifests; the exit code
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { check } from "../../access/check/check.ts";
import { checkJson, checkText } from "../../access/check/check-text.ts";
import { addManifests, type Manifests, newManifests } from "../../access/check/manifests.ts";
import { trafficOf } from "../../access/check/traffic.ts";
import { filterGraph, showsNode } from "../../graph/filter.ts";
import { openGraph, selectsGraph, sourceFiles } from "../../graph-source/graph-source.ts";
import { readInputText } from "../../kubernetes/files/input-text.ts";
import { ConfigError } from "../../model/errors.ts";
import { checkDistinctFiles } from "../../output/files/distinct-files.ts";
import { Output } from "../../output/files/output.ts";
import { readOutputOptions } from "../../output/output-option.ts";
import { printMessage } from "../../output/stderr.ts";
import { writeAnswer } from "../answers/answer-output.ts";
import { readFilter } from "../graph/filter-options.ts";
import { type GraphOptions, withGraphOptions } from "../graph/graph-options.ts";
import { withOutputOptions } from "../options/output-options.ts";
import { withUsage } from "../options/usage.ts";

const FORMATS = ["table", "json"] as const;
const BLOCKED = 1;
const STANDARD_INPUT = "-";
/** Names that a message lists. */
const MAX_NAMES = 5;
const MANIFEST = /\.(ya?ml|json)$/;

type CheckOptions = GraphOptions & { readonly output?: string };

export function policiesCheckCommand(): Command {
  const command = new Command("check")
    .summary("list observed traffic that policies would block")
    .description(
      "Lists the observed traffic that NetworkPolicies would block: which policy, in which direction, with the evidence. What the graph does not decide is listed as not decided.",
    )
    .argument("[path]", "manifest, or a directory of manifests (YAML or JSON); - is standard input")
    .argument("[file...]", "captures to read the graph from, as for wirespan replay");
  return withOutputOptions(withGraphOptions(withUsage(command)), FORMATS)
    .addHelpText(
      "after",
      `
With --live and no path, the policies are those that the cluster has now; --context and --kubeconfig name the cluster. The graph is
that of its agents, or of --graph, --capture or --prometheus.
Exit codes: 0 nothing is blocked; 1 something is, or the graph is incomplete; 2 invalid option, file or variable.
The labels of namespaces come from Namespace objects among the manifests.

Examples:
  wirespan policies check policies/
  wirespan policies check policies/ --graph week.json -o json
  wirespan policies check --live -n shop
  wirespan policies check --live --context prod --graph week.json
  kubectl get networkpolicies,namespaces -A -o yaml | wirespan policies check -
`,
    )
    .action(runCheck);
}

async function runCheck(
  path: string | undefined,
  files: string[],
  given: CheckOptions,
  command: Command,
): Promise<void> {
  refuseOptionsBefore(command);
  const { format, output } = readOutputOptions(given, FORMATS);
  const manifests = path === undefined ? [] : manifestFiles(path);
  checkDistinctFiles({ output }, [...manifests, ...sourceFiles({ ...given, files })]);
  const { policies, namespaces, ignored, withoutNamespace } =
    path === undefined ? await policiesOfCluster(given) : readManifests(path, manifests);
  for (const one of ignored) printMessage(`${one} is not checked: only NetworkPolicy of networking.k8s.io is`);
  if (withoutNamespace.length > 0) {
    const which = `NetworkPolicy ${withoutNamespace.slice(0, MAX_NAMES).join(", ")}${withoutNamespace.length > MAX_NAMES ? ", …" : ""}`;
    printMessage(`${which} without a namespace is checked as one of default; set metadata.namespace`);
  }
  const opened = new Output(output);
  const graph = await openGraph({ ...sourceOf(given, path), output, files });
  const filter = readFilter(given, graph);
  const { edges } = filterGraph(graph, filter);
  const traffic = trafficOf(graph, { edges, showsNode: (node) => showsNode(node, filter) });
  if (traffic.length === 0) printMessage("no observed traffic meets the conditions");
  const verdicts = check(traffic, policies, namespaces);
  const { cluster, incomplete } = graph;
  const scope = { cluster, policies: policies.length, traffic: traffic.length, incomplete };
  const text = format === "json" ? checkJson(verdicts, scope) : checkText(verdicts, scope);
  const isBlocked = verdicts.some(({ result }) => result === "blocked");
  process.exitCode = writeAnswer(text, opened, graph.incomplete, isBlocked ? BLOCKED : 0);
}

/** Those would be options of the command that writes policies. Throws ConfigError. */
function refuseOptionsBefore({ parent }: Command): void {
  const option = parent?.options.find((each) => parent.getOptionValueSource(each.attributeName()) === "cli");
  if (option !== undefined) {
    throw new ConfigError(`${option.long} is before check; use wirespan policies check … ${option.long}`);
  }
}

/** Options that name the cluster of the policies do not name a source of the graph where it has another one. */
function sourceOf(given: CheckOptions, path: string | undefined): GraphOptions {
  if (path !== undefined || !selectsGraph(given)) return given;
  const { live: _live, context: _context, kubeconfig: _kubeconfig, ...others } = given;
  return others;
}

/** Throws ConfigError. */
async function policiesOfCluster(given: CheckOptions): Promise<Manifests> {
  if (given.live !== true) {
    throw new ConfigError(
      "no policies to check; pass a manifest, a directory, - for standard input, or --live for the policies that the cluster has now; see wirespan policies check --help",
    );
  }
  const { readClusterPolicies } = await import("../../cluster-policies/cluster-policies.ts");
  const { context, kubeconfig, namespace = [] } = given;
  const namespaces = new Set(namespace.map((name) => name.replace(/^=/, "")));
  const read = await readClusterPolicies({ context, kubeconfig, namespaces }, printMessage);
  if (read.policies.length === 0) printMessage("there is no NetworkPolicy: nothing is blocked");
  return read;
}

/** Throws ConfigError. */
function readManifests(path: string, files: readonly string[]): Manifests {
  const manifests = newManifests();
  for (const file of files) {
    const content = readInputText(file, "manifest", "check fewer objects at once");
    addManifests(manifests, content, file === STANDARD_INPUT ? "standard input" : file);
  }
  if (manifests.policies.length > 0) return manifests;
  throw new ConfigError(
    `no NetworkPolicy (networking.k8s.io) in ${path === STANDARD_INPUT ? "standard input" : path}; pass the manifests of the policies to check`,
  );
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
