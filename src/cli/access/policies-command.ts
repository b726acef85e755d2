// EDGE: the exit code
import { Command, Option } from "commander";
import { CILIUM_POLICY } from "../../access/policies/cilium-policy.ts";
import { NETWORK_POLICY } from "../../access/policies/network-policy.ts";
import { policiesOf } from "../../access/policies/policies.ts";
import {
  denyAllDocuments,
  omittedText,
  policiesHead,
  policyDocuments,
} from "../../access/policies/policy-documents.ts";
import { parseNamedCidr } from "../../config.ts";
import { openGraph, sourceFiles } from "../../graph-source/graph-source.ts";
import { AddressRange } from "../../model/address-range.ts";
import { ConfigError } from "../../model/errors.ts";
import { printIncomplete } from "../../output/completeness.ts";
import { checkDistinctFiles } from "../../output/files/distinct-files.ts";
import { readOutputOptions } from "../../output/output-option.ts";
import { printMessage } from "../../output/stderr.ts";
import { countText } from "../../text/number-text.ts";
import { collect } from "../options/option-values.ts";
import { withOutputOptions } from "../options/output-options.ts";
import { CAPTURE_ARGUMENT, withUsage } from "../options/usage.ts";
import { DOCUMENT_FORMATS, DocumentOutput, documentHelp, unwrittenFilesTexts } from "./document-output.ts";
import { policiesCheckCommand } from "./policies-check-command.ts";
import { readNamespaces, type WorkloadOptions, withWorkloadOptions } from "./workload-options.ts";

const FLAVORS = { kubernetes: NETWORK_POLICY, cilium: CILIUM_POLICY } as const;

interface PoliciesOptions extends WorkloadOptions {
  readonly flavor: keyof typeof FLAVORS;
  readonly nodeCidr?: readonly string[];
  readonly defaultDeny?: string;
}

export function policiesCommand(): Command {
  const command = new Command("policies")
    .summary("write network policies for each workload, from observed connections")
    .description(
      "Writes a NetworkPolicy for each workload that allows what was observed: by the labels of pods and the ports that they serve. Nothing is applied.",
    )
    .argument("[file...]", CAPTURE_ARGUMENT);
  // Options after `check` are its own.
  command.enablePositionalOptions();
  return withOutputOptions(withWorkloadOptions(withUsage(command)), DOCUMENT_FORMATS, documentHelp("policy"))
    .addOption(
      new Option("--flavor <engine>", "kind of policies; cilium allows servers outside the cluster by name")
        .choices(Object.keys(FLAVORS))
        .default("kubernetes"),
    )
    .option(
      "--node-cidr <cidr>",
      "addresses of the Kubernetes nodes, such as 10.0.0.0/16, for rules that allow packets from and to nodes (default: any address); repeatable",
      collect,
    )
    .option(
      "--default-deny <file>",
      "also write a policy for each namespace that denies all other traffic, to a separate file or directory",
    )
    .addHelpText(
      "after",
      `
Each rule has its evidence as a comment. A workload without observed traffic, or whose pods share their labels with others, has no
policy, and a comment says why. Observe long enough: for a week, merge snapshots (wirespan merge). -n selects workloads, and
their policies allow all that was observed, from and to other namespaces too.

Examples:
  wirespan policies -n shop -o policies/
  wirespan policies --graph week.json --flavor cilium
  wirespan policies -n shop --default-deny deny.yaml | kubectl apply --dry-run=server -f -
`,
    )
    .addCommand(policiesCheckCommand())
    .action(runPolicies);
}

/** Throws ConfigError. */
function parseNodeCidr(cidr: string): string {
  if (AddressRange.parse(cidr) !== null) return cidr;
  throw new ConfigError(`invalid --node-cidr ${JSON.stringify(cidr)}: expected a CIDR block, such as 10.0.0.0/16`);
}

async function runPolicies(files: string[], given: PoliciesOptions): Promise<void> {
  const { format: chosen, output } = readOutputOptions(given, DOCUMENT_FORMATS);
  const format = chosen ?? "yaml";
  const { defaultDeny } = given;
  const nodeBlocks = (given.nodeCidr ?? []).map(parseNodeCidr);
  checkDistinctFiles({ output, defaultDeny }, sourceFiles({ ...given, files }));
  const opened = new DocumentOutput(output);
  const rest = defaultDeny === undefined ? null : new DocumentOutput(defaultDeny, "--default-deny");
  const { externalCidr = [], ...options } = given;
  // The ranges also name addresses where the graph is made from captures.
  const isCaptured = files.length > 0 || given.capture !== undefined;
  const graph = await openGraph({ ...options, ...(isCaptured ? { externalCidr } : {}), output, files });
  const blocks = new Map<string, string[]>();
  for (const { cidr, name } of externalCidr.map(parseNamedCidr)) blocks.set(name, [...(blocks.get(name) ?? []), cidr]);
  const isSelected = readNamespaces(given, graph);
  const all = policiesOf(graph, { externalBlocks: blocks, nodeBlocks });
  const policies = {
    policies: all.policies.filter(({ namespace }) => isSelected(namespace)),
    omitted: all.omitted.filter(({ node }) => isSelected(node.namespace)),
  };
  const flavor = FLAVORS[given.flavor];
  const head = policiesHead(policies, graph);
  opened.write({ head, documents: policyDocuments(policies, graph, flavor) }, format);
  rest?.write({ head: [], documents: denyAllDocuments(policies, graph, flavor) }, format);
  if (opened.hasHead(format) && policies.omitted.length > 0)
    printMessage(
      `no policy for ${countText(policies.omitted.length, "workload")}; the comments at the top of the output say why`,
    );
  if (!opened.hasHead(format)) for (const omitted of policies.omitted) printMessage(omittedText(omitted));
  for (const sentence of unwrittenFilesTexts(rest === null ? [opened] : [opened, rest])) printMessage(sentence);
  process.exitCode = printIncomplete(graph.incomplete);
}
