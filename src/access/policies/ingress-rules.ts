import type { GraphEdge, GraphNode, Labels } from "../../model/service-graph.ts";
import { nodeLabel } from "../../render/labels/node-label.ts";
import { evidenceText } from "../evidence-text.ts";
import { nodePortRemarks } from "./node-ports.ts";
import { servedPorts } from "./observed-ports.ts";
import type { PolicyContext } from "./policy-context.ts";
import type { Peer, PolicyRule } from "./workload-policy.ts";

const EVERYWHERE = ["0.0.0.0/0", "::/0"];

/** The rule for one client of a workload, or why it has none. */
export function ingressRule(edge: GraphEdge, client: GraphNode, context: PolicyContext): PolicyRule | string {
  const ports = servedPorts(edge);
  if (ports.length === 0)
    return edge.outcomes.established === 0 ? "no connection of it succeeded" : "the ports it used are unknown";
  const found = peerOf(edge, client, context);
  if (typeof found === "string") return found;
  const [peer, ...remarks] = found;
  return {
    peer,
    ports: ports.map((port) => ({ port, protocol: "TCP" as const })),
    comment: [`${nodeLabel(client)}: ${evidenceText(edge)}, ${context.witnesses(edge)}`, ...remarks],
  };
}

function peerOf(edge: GraphEdge, client: GraphNode, context: PolicyContext): readonly [Peer, ...string[]] | string {
  switch (client.type) {
    case "workload":
      return [
        ...podsOf(client, context),
        ...nodePortRemarks(edge, context, "packets come from a node's address; allow the nodes too"),
      ];
    case "node":
      return [
        { type: "any" },
        "the client is a process of a Kubernetes node, or a webhook call: the rule limits only the port",
      ];
    case "external":
      return outside(edge, client, context);
    case "service":
      return "a Service is no client";
    case "unresolved":
      return "the owner of its address is unknown";
  }
}

/** Pods of a client. Without a selector of its own, its whole namespace: the observed traffic still passes. */
function podsOf(client: GraphNode, context: PolicyContext): readonly [Peer, ...string[]] {
  const namespace = client.namespace ?? "";
  const selection = context.selectors.of(client);
  const everyPod: Labels = {};
  if ("selector" in selection) return [{ type: "pods", namespace, selector: selection.selector }];
  return [
    { type: "pods", namespace, selector: everyPod },
    `all pods of namespace ${namespace}, since ${selection.reason}`,
  ];
}

function outside(edge: GraphEdge, client: GraphNode, context: PolicyContext): readonly [Peer, ...string[]] {
  const configured = context.externalBlocks.get(client.name);
  const services = context.servicesOf(edge);
  const isTranslated = services.some(({ externalTrafficPolicy }) => externalTrafficPolicy === "Cluster");
  const any: Peer = { type: "blocks", blocks: EVERYWHERE };
  if (isTranslated) return [any, "any source: externalTrafficPolicy Cluster replaces the client's address by a node's"];
  if (configured !== undefined)
    return [{ type: "blocks", blocks: configured }, `the range ${client.name} of --external-cidr`];
  const ranges = services.flatMap(({ sourceRanges }) => sourceRanges);
  if (ranges.length > 0)
    return [{ type: "blocks", blocks: [...new Set(ranges)].sort() }, "loadBalancerSourceRanges of the Service"];
  return [any, "any source outside; name ranges by --external-cidr to narrow it"];
}
