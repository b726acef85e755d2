import type { GraphNode, ResolverUse } from "../../model/service-graph.ts";
import { newestDescription } from "../../selection/newest-description.ts";
import { countText } from "../../text/number-text.ts";
import type { PodPort } from "../flow-paths.ts";
import { blocksOf } from "./address-blocks.ts";
import type { PolicyContext } from "./policy-context.ts";
import { byNumber } from "./rule-ports.ts";
import type { Peer, PolicyRule } from "./workload-policy.ts";

/** Rules for the DNS servers that a workload really used, over UDP and TCP: a truncated answer is asked again over TCP. */
export function dnsRules({ resolvers = [] }: GraphNode, context: PolicyContext): readonly PolicyRule[] {
  const rules = new Map<string, PolicyRule>();
  for (const resolver of resolvers) {
    for (const peer of peersOf(resolver, context)) {
      const key = JSON.stringify(peer);
      const known = rules.get(key);
      const ports = [resolver.port, ...context.dnsPorts(resolver), ...(known?.ports ?? []).map(({ port }) => port)];
      rules.set(key, {
        peer,
        ports: withProtocols(ports),
        comment: known?.comment ?? [`DNS: ${resolver.end ?? resolver.address}`],
      });
    }
  }
  return [...rules.values()];
}

/** The rule for the clients of a DNS server, if it is one: more will ask it than those that were seen. */
export function dnsServerRules({ id }: GraphNode, context: PolicyContext): readonly PolicyRule[] {
  const clients = context.dnsClients.get(id) ?? [];
  if (clients.length === 0) return [];
  const uses = clients.flatMap(({ resolvers = [] }) => resolvers.filter(({ end }) => end === id));
  const ports = uses.flatMap((use) => [use.port, ...context.dnsPorts(use)]);
  return [
    {
      peer: { type: "any" },
      ports: withProtocols(ports),
      comment: [`DNS queries of ${countText(clients.length, "workload")}: the rule limits only the port`],
    },
  ];
}

/** A DNS server asks others for what it does not know, which is not observed: denied, no external name can be resolved. */
export function dnsForwardingRules({ id }: GraphNode, context: PolicyContext): readonly PolicyRule[] {
  if (!context.dnsClients.has(id)) return [];
  return [{ peer: { type: "any" }, ports: [], comment: ["a DNS server: whom it asks is not observed"] }];
}

function withProtocols(ports: readonly PodPort[]): PolicyRule["ports"] {
  return [...new Set(ports)].sort(byNumber).flatMap((port) => [
    { port, protocol: "UDP" as const },
    { port, protocol: "TCP" as const },
  ]);
}

/**
 * Pods of the server if it has a selector; its address if it is on a node's network, as a node-local cache is. Such a cache
 * may answer at the address of the Service, whose packets then reach no pod, so that address is a peer too.
 */
function peersOf({ address, end }: ResolverUse, context: PolicyContext): readonly Peer[] {
  const blocks = blocksOf([address]);
  const isService = context.serviceAt(address) !== undefined;
  const itself: readonly Peer[] = blocks.length === 0 ? [] : [{ type: "blocks", blocks }];
  const atService = isService ? itself : [];
  const server = end === null ? undefined : context.find(end);
  const namespace = server?.namespace ?? "";
  if (server?.type === "workload" && newestDescription(server)?.hostNetwork !== true) {
    const selection = context.selectors.of(server);
    return [{ type: "pods", namespace, selector: "selector" in selection ? selection.selector : {} }, ...atService];
  }
  const selector = server?.service?.selector ?? null;
  if (selector !== null && Object.keys(selector).length > 0)
    return [{ type: "pods", namespace, selector }, ...atService];
  // A Service leads to a node whose address is not known.
  if (server?.type === "workload" || server?.type === "node")
    return [{ type: "nodes", blocks: isService ? [] : blocks, withOutside: false }];
  return itself;
}
