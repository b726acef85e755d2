import { newestDescription } from "../../answers/pods-of.ts";
import type { GraphNode, ResolverUse } from "../../model/service-graph.ts";
import { blockOf } from "./address-blocks.ts";
import { sortedPorts } from "./observed-ports.ts";
import type { PolicyContext } from "./policy-context.ts";
import type { Peer, PolicyRule } from "./workload-policy.ts";

/** Rules for the DNS servers that a workload really used, over UDP and TCP: a truncated answer is asked again over TCP. */
export function dnsRules({ resolvers = [] }: GraphNode, context: PolicyContext): readonly PolicyRule[] {
  const rules = new Map<string, PolicyRule>();
  for (const resolver of resolvers) {
    for (const peer of peersOf(resolver, context)) {
      const key = JSON.stringify(peer);
      const ports = sortedPorts([
        resolver.port,
        ...targetPorts(resolver, context),
        ...(rules.get(key)?.ports ?? []).map(({ port }) => port),
      ]);
      const comment = [`DNS: ${resolver.end ?? resolver.address}`];
      rules.set(key, {
        peer,
        ports: ports.flatMap((port) => [
          { port, protocol: "UDP" as const },
          { port, protocol: "TCP" as const },
        ]),
        comment: rules.get(key)?.comment ?? comment,
      });
    }
  }
  return [...rules.values()];
}

/** Pods of the server if it has a selector; its address if it is on a node's network, as a node-local cache is. */
function peersOf({ address, end }: ResolverUse, context: PolicyContext): readonly Peer[] {
  const server = end === null ? undefined : context.find(end);
  const isOnNode =
    server === undefined || server.type !== "workload" || newestDescription(server)?.hostNetwork === true;
  if (!isOnNode) {
    const selection = context.selectors.of(server);
    const selector = "selector" in selection ? selection.selector : {};
    return [{ type: "pods", namespace: server.namespace ?? "", selector }];
  }
  const block = blockOf(address);
  return block === null ? [] : [{ type: "blocks", blocks: [block] }];
}

/** Ports of the server's pods: the dialed port of a Service may lead to another one, such as 5353 on OpenShift. */
function targetPorts({ address, port, end }: ResolverUse, context: PolicyContext): readonly number[] {
  const server = end === null ? undefined : context.find(end);
  const named = (server === undefined ? undefined : newestDescription(server))?.ports ?? [];
  return (context.serviceAt(address)?.ports ?? [])
    .filter((one) => one.port === port)
    .flatMap(({ targetPort }) =>
      typeof targetPort === "number"
        ? targetPort
        : named.filter(({ name }) => name === targetPort).map((one) => one.port),
    );
}
