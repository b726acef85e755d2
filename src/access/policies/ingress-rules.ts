import { AddressRange } from "../../model/address-range.ts";
import type { GraphEdge, GraphNode, Labels } from "../../model/service-graph.ts";
import { nodeLabel } from "../../render/labels/node-label.ts";
import { newestDescription } from "../../selection/newest-description.ts";
import { blockContains } from "../block-contains.ts";
import { evidenceText } from "../evidence-text.ts";
import { entryText, type FlowPath } from "../flow-paths.ts";
import { blocksOf, EVERYWHERE } from "./address-blocks.ts";
import type { PolicyContext } from "./policy-context.ts";
import { podPorts } from "./rule-ports.ts";
import type { Peer, PolicyRule } from "./workload-policy.ts";

/** A peer, and what to mind. */
type Source = readonly [Peer, ...string[]];

/** The rules for one client of a workload, or why it has none. */
export function ingressRules(
  edge: GraphEdge,
  client: GraphNode,
  context: PolicyContext,
): readonly PolicyRule[] | string {
  const paths = context.pathsOf(edge);
  if (paths.length === 0) return "no connection of it succeeded";
  const server = context.node(edge.server);
  const through =
    server.type === "service" ? [`through the Service ${nodeLabel(server)}, which may lead to these pods`] : [];
  return sourcesOf(edge, client, paths, context).map(([[peer, ...remarks], own]) => {
    const { ports, remarks: ofPorts } = podPorts(own);
    const comment = [`${nodeLabel(client)}: ${evidenceText(edge)}, ${context.witnesses(edge)}`];
    return { peer, ports, comment: [...comment, ...remarks, ...through, ...ofPorts] };
  });
}

/** The sources of packets that the server's pods see, each with the ways that have it. */
function sourcesOf(
  edge: GraphEdge,
  client: GraphNode,
  paths: readonly FlowPath[],
  context: PolicyContext,
): readonly (readonly [Source, readonly FlowPath[]])[] {
  const masqueraded = paths.filter(({ hasNodeSource }) => hasNodeSource);
  switch (client.type) {
    case "workload": {
      if (newestDescription(client)?.hostNetwork === true)
        return [[nodes(context, false, "its pods use the node's network"), paths]];
      // Some networks keep the pod's address.
      const entries = [...new Set(masqueraded.map(entryText))].sort().join(", ");
      const remark = `through ${entries}: packets come with the address of a node`;
      return [
        [podsOf(client, context), paths],
        ...(masqueraded.length === 0 ? [] : [[nodes(context, false, remark), masqueraded] as const]),
      ];
    }
    case "external": {
      const direct = paths.filter(({ hasNodeSource }) => !hasNodeSource);
      const remark = "packets come with the address of a node, unless externalTrafficPolicy is Local";
      return [
        ...(direct.length === 0 ? [] : [[outside(edge, client, context), direct] as const]),
        ...(masqueraded.length === 0 ? [] : [[nodes(context, true, remark), masqueraded] as const]),
      ];
    }
    case "node":
      return [[nodes(context, false, "a process of a Kubernetes node, or a webhook call"), paths]];
    case "service":
      return [[any("a webhook call, or a client with the address of a Service"), paths]];
    case "unresolved":
      return [[any("the owner of its address is unknown"), paths]];
  }
}

function any(remark: string): Source {
  return [{ type: "any" }, `${remark}: the rule limits only the port`];
}

/** Nodes come and go: without --node-cidr, a rule does not name their addresses. */
function nodes({ nodeBlocks: blocks }: PolicyContext, withOutside: boolean, remark: string): Source {
  const peer = { type: "nodes", blocks, withOutside } as const;
  return blocks.length === 0
    ? [peer, `${remark}: the rule limits only the port`]
    : [peer, `${remark}: the range of --node-cidr`];
}

/** Pods of a client. Without a selector of its own, its whole namespace: the observed traffic still passes. */
function podsOf(client: GraphNode, context: PolicyContext): Source {
  const namespace = client.namespace ?? "";
  const selection = context.selectors.of(client);
  const everyPod: Labels = {};
  if ("selector" in selection) return [{ type: "pods", namespace, selector: selection.selector }];
  return [
    { type: "pods", namespace, selector: everyPod },
    `all pods of namespace ${namespace}, since ${selection.reason}`,
  ];
}

function outside(edge: GraphEdge, client: GraphNode, context: PolicyContext): Source {
  const configured = context.externalBlocks.get(client.name);
  if (configured !== undefined) return covering(edge, configured, `the range ${client.name} of --external-cidr`);
  const ranges = context.servicesOf(edge).flatMap(({ sourceRanges }) => sourceRanges);
  if (ranges.length > 0 && edge.addressesOmitted === 0)
    return covering(edge, [...new Set(ranges)].sort(), "loadBalancerSourceRanges of the Service");
  return [{ type: "blocks", blocks: EVERYWHERE }, "any source outside; name ranges by --external-cidr to narrow it"];
}

/** Blocks, and the observed addresses that are in none of them, as of clients that did not come through the load balancer. */
function covering({ addresses }: GraphEdge, blocks: readonly string[], remark: string): Source {
  const ranges = blocks.flatMap((block) => AddressRange.parse(block) ?? []);
  const others = addresses.filter((address) => ranges.every((range) => !blockContains(range, address)));
  const more = blocksOf(others);
  if (more.length === 0) return [{ type: "blocks", blocks }, remark];
  return [
    { type: "blocks", blocks: [...blocks, ...more] },
    `${remark}, and ${more.length === 1 ? "1 observed address" : `${more.length} observed addresses`} outside of it`,
  ];
}
