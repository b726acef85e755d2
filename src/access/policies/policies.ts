import { compareText } from "../../graph/order.ts";
import type { GraphEdge, GraphNode, ServiceGraph } from "../../model/service-graph.ts";
import { connectionCount } from "../../render/labels/edge-figures.ts";
import { nodeLabel } from "../../render/labels/node-label.ts";
import { newestDescription } from "../../selection/newest-description.ts";
import { mayLeadTo } from "../../selection/service-pods.ts";
import { countText } from "../../text/number-text.ts";
import { edgesBy } from "../edges-by.ts";
import { dnsForwardingRules, dnsRules, dnsServerRules } from "./dns-rules.ts";
import { egressRules } from "./egress-rules.ts";
import { ingressRules } from "./ingress-rules.ts";
import { type KnownBlocks, PolicyContext } from "./policy-context.ts";
import type { OmittedPolicy, PolicyRule, WorkloadPolicy } from "./workload-policy.ts";

export interface Policies {
  /** Sorted by namespace and name. */
  readonly policies: readonly WorkloadPolicy[];
  /** Workloads without a policy, sorted by id. */
  readonly omitted: readonly OmittedPolicy[];
}

/** The network access that each workload of the graph was observed to use. */
export function policiesOf(graph: ServiceGraph, blocks: KnownBlocks): Policies {
  const context = new PolicyContext(graph, blocks);
  const policies: WorkloadPolicy[] = [];
  const omitted: OmittedPolicy[] = [];
  const incoming = edgesBy(graph.edges, ({ server }) => server);
  const toServices = edgesToServices(graph);
  const outgoing = edgesBy(graph.edges, ({ client }) => client);
  for (const node of graph.nodes) {
    if (node.type !== "workload" || node.namespace === null) continue;
    const made = policyOf(
      node,
      [...(incoming.get(node.id) ?? []), ...toServices(node)],
      outgoing.get(node.id) ?? [],
      context,
    );
    if (typeof made === "string") omitted.push({ node, reason: made });
    else policies.push(made);
  }
  return {
    policies: policies.sort((a, b) => compareText(a.namespace, b.namespace) || compareText(a.name, b.name)),
    omitted,
  };
}

/** Edges to Services that may lead to a workload: where no packet shows which one, they end at the Service. */
function edgesToServices({ nodes, edges }: ServiceGraph): (workload: GraphNode) => readonly GraphEdge[] {
  const incoming = edgesBy(edges, ({ server }) => server);
  const services = nodes.filter(({ type, id }) => type === "service" && incoming.has(id));
  return (workload) =>
    services.flatMap((service) => (mayLeadTo(service, workload) ? (incoming.get(service.id) ?? []) : []));
}

/** The policy of one workload, or why it has none. */
function policyOf(
  node: GraphNode,
  incoming: readonly GraphEdge[],
  outgoing: readonly GraphEdge[],
  context: PolicyContext,
): WorkloadPolicy | string {
  const description = newestDescription(node);
  if (!NAMESPACE.test(node.namespace ?? "")) return "its namespace is no valid name";
  const ofDnsServer = dnsServerRules(node, context);
  if (incoming.length + outgoing.length + ofDnsServer.length === 0)
    return `no traffic was observed${scheduleText(node)}`;
  if (description?.hostNetwork === true) return "its pods use the node's network, which policies do not cover";
  const selection = context.selectors.of(node);
  if (!("selector" in selection)) return selection.reason;
  const notes = selection.remark === null ? [] : [selection.remark];
  const rulesOf = (
    edges: readonly GraphEdge[],
    other: (edge: GraphEdge) => GraphNode,
    rulesFor: (edge: GraphEdge, node: GraphNode, context: PolicyContext) => readonly PolicyRule[] | string,
  ): PolicyRule[] =>
    edges.flatMap((edge) => {
      const rules = rulesFor(edge, other(edge), context);
      if (typeof rules !== "string") return rules;
      notes.push(`no rule for ${nodeLabel(other(edge))} (${countText(connectionCount(edge), "connection")}): ${rules}`);
      return [];
    });
  const ingress = [...ofDnsServer, ...rulesOf(incoming, ({ client }) => context.node(client), ingressRules)];
  const observed = rulesOf(outgoing, ({ server }) => context.node(server), egressRules);
  const dns = dnsRules(node, context);
  const egress = [...dnsForwardingRules(node, context), ...dns, ...observed];
  if (ingress.length === 0 && egress.length === 0)
    return `nothing of what was observed can be allowed: ${notes.join("; ")}`;
  if (ingress.length === 0) notes.push("no ingress was observed: the policy does not limit ingress");
  if (egress.length === 0) notes.push("no egress was observed: the policy does not limit egress");
  if (dns.length === 0 && observed.length > 0)
    notes.push("no DNS query of it was observed: add a rule if it looks up names");
  return {
    node,
    namespace: node.namespace ?? "",
    name: objectName(description?.owners[0]?.name ?? node.name),
    selector: selection.selector,
    ingress,
    egress,
    notes,
  };
}

/** It is part of file names, and a graph file may come from elsewhere. */
const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
/** As the API server wants it, of any length: a name from `OTEL_SERVICE_NAME` may have anything. */
function objectName(name: string): string {
  const allowed = name.toLowerCase().replaceAll(/[^a-z0-9.]+/g, "-");
  return allowed.replaceAll(/(?<=\.)[-.]+|-+(?=\.|$)|^[-.]+|[.]+$/g, "") || "unnamed";
}

function scheduleText(node: GraphNode): string {
  const schedule = newestDescription(node)?.schedule ?? null;
  return schedule === null ? "" : `; its schedule is ${JSON.stringify(schedule)}, so it may not have run`;
}
