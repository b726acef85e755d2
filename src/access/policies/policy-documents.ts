import { Document, isNode, isSeq } from "yaml";
import { podsOf } from "../../answers/pods-of.ts";
import { partSentence } from "../../graph/observations.ts";
import { compareText } from "../../graph/order.ts";
import type { GraphNode, ServiceGraph } from "../../model/service-graph.ts";
import { nodeLabel } from "../../render/labels/node-label.ts";
import { observedText } from "../../render/labels/observed-text.ts";
import { newestDescription } from "../../selection/newest-description.ts";
import { countText } from "../../text/number-text.ts";
import { visibleText } from "../../text/visible-text.ts";
import { objectFile } from "../object-file.ts";
import { objectNames } from "../object-names.ts";
import { YAML_OPTIONS, yamlText } from "../yaml-text.ts";
import type { PolicyFlavor } from "./network-policy.ts";
import type { Policies } from "./policies.ts";
import type { OmittedPolicy, PolicyRule, WorkloadPolicy } from "./workload-policy.ts";

/** One policy as a file. */
interface PolicyDocument {
  /** `cart.shop.yaml` */
  readonly file: string;
  readonly object: object;
  /** With comments; without a separator of documents. */
  readonly yaml: string;
}

const DENY_ALL = "default-deny";

/** One document for each policy, sorted by file. */
export function policyDocuments(
  { policies }: Policies,
  graph: ServiceGraph,
  flavor: PolicyFlavor,
): readonly PolicyDocument[] {
  const names = objectNames(
    policies.map(({ namespace, name, node }) => ({ namespace, name, kind: kindOf(node), id: node.id })),
    [DENY_ALL],
  );
  return policies
    .flatMap((policy) => documentOf(policy, names.get(policy.node.id) ?? policy.name, graph, flavor) ?? [])
    .sort((a, b) => compareText(a.file, b.file));
}

/** A kind may be anything in a graph file from elsewhere. */
function kindOf({ kind }: GraphNode): string {
  return kind !== null && /^[A-Za-z0-9]{1,63}$/.test(kind) ? kind : "workload";
}

/** A policy for each namespace that denies what the other policies do not allow. */
export function denyAllDocuments(
  { policies, omitted }: Policies,
  { edges }: ServiceGraph,
  flavor: PolicyFlavor,
): readonly PolicyDocument[] {
  const ends = new Set(edges.flatMap(({ client, server }) => [client, server]));
  const hasTraffic = (id: string): boolean => ends.has(id);
  const namespaces = [...new Set(policies.map(({ namespace }) => namespace))].sort(compareText);
  return namespaces.map((namespace) => {
    const object = objectOf(DENY_ALL, namespace, flavor.denyAll(), flavor);
    const document = new Document(object, YAML_OPTIONS);
    const blocked = omitted
      .filter(({ node }) => node.namespace === namespace && hasTraffic(node.id) && !isOnNodes(node))
      .map(({ node }) => nodeLabel(node));
    document.commentBefore = [
      " denies all traffic of pods in this namespace that no other policy allows; apply it last",
      ...(blocked.length === 0
        ? []
        : [` it blocks observed traffic of workloads without a policy: ${blocked.join(", ")}`]),
    ]
      .map(visibleText)
      .join("\n");
    return { file: objectFile(DENY_ALL, namespace), object, yaml: yamlText(document) };
  });
}

/** What the policies are based on, and which workloads have none: lines of a comment for the head of all documents. */
export function policiesHead({ omitted }: Policies, graph: ServiceGraph): readonly string[] {
  const { observed, incomplete } = graph;
  return [
    `observed ${observedText(observed)}`,
    ...(partSentence(graph) === null ? [] : [`incomplete: ${partSentence(graph)}`]),
    ...incomplete.map((problem) => `incomplete: ${problem}`),
    "only observed traffic is allowed; kubelet probes come from the node, which most networks always admit",
    ...omitted.map(omittedText),
  ].map(visibleText);
}

/** Policies do not cover pods on their node's network. */
function isOnNodes(node: GraphNode): boolean {
  return newestDescription(node)?.hostNetwork === true;
}

/** Why a workload has no policy. */
export function omittedText({ node, reason }: OmittedPolicy): string {
  return `no policy for ${nodeLabel(node)}: ${reason}`;
}

function objectOf(name: string, namespace: string, spec: object, { apiVersion, kind }: PolicyFlavor): object {
  return { apiVersion, kind, metadata: { name, namespace }, spec };
}

/** Null if the flavor can express none of the rules. */
function documentOf(
  policy: WorkloadPolicy,
  name: string,
  graph: ServiceGraph,
  flavor: PolicyFlavor,
): PolicyDocument | null {
  const written = (
    rules: readonly PolicyRule[],
    direction: "ingress" | "egress",
  ): { data: object; rule: PolicyRule }[] =>
    rules.flatMap((rule) => {
      const data = flavor.rule(rule, policy.namespace, direction);
      return data === null ? [] : [{ data, rule }];
    });
  const ingress = written(policy.ingress, "ingress");
  const egress = written(policy.egress, "egress");
  if (ingress.length + egress.length === 0) return null;
  const spec = flavor.spec(
    policy,
    ingress.map(({ data }) => data),
    egress.map(({ data }) => data),
  );
  const object = objectOf(name, policy.namespace, spec, flavor);
  const document = new Document(object, YAML_OPTIONS);
  comment(
    document,
    "ingress",
    ingress.map(({ rule }) => rule),
  );
  comment(
    document,
    "egress",
    egress.map(({ rule }) => rule),
  );
  document.commentBefore = [coverageText(policy, graph), ...policy.notes]
    .map((line) => ` ${visibleText(line)}`)
    .join("\n");
  return { file: objectFile(name, policy.namespace), object, yaml: yamlText(document) };
}

function comment(document: Document, direction: "ingress" | "egress", rules: readonly PolicyRule[]): void {
  const list = document.getIn(["spec", direction]);
  if (!isSeq(list)) return;
  for (const [i, item] of list.items.entries()) {
    if (isNode(item)) item.commentBefore = (rules[i]?.comment ?? []).map((line) => ` ${visibleText(line)}`).join("\n");
  }
}

/** How complete the observation of this workload is: pods that ran before it may use older connections. */
function coverageText({ node }: WorkloadPolicy, { observed }: ServiceGraph): string {
  const { total } = podsOf(node);
  const fromBirth = Math.min(
    total,
    Object.values(node.seenFromBirth ?? {}).reduce((sum, count) => sum + count, 0),
  );
  const seen = total === 0 ? "" : `; ${fromBirth} of ${countText(total, "pod")} seen from their start`;
  return `${nodeLabel(node)}: observed ${observedText(observed)}${seen}`;
}
