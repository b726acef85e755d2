import type { Labels } from "../../model/service-graph.ts";
import { NAMESPACE_LABEL } from "./namespace-label.ts";
import type { Peer, PolicyRule, WorkloadPolicy } from "./workload-policy.ts";

/** How an engine wants a policy. */
export interface PolicyFlavor {
  readonly apiVersion: string;
  readonly kind: string;
  spec(policy: WorkloadPolicy, ingress: readonly object[], egress: readonly object[]): object;
  /** The spec of a policy that denies what no other policy of the namespace allows. */
  denyAll(): object;
  rule(rule: PolicyRule, namespace: string, direction: "ingress" | "egress"): object | null;
}

/** networking.k8s.io/v1 */
export const NETWORK_POLICY: PolicyFlavor = {
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  spec: ({ selector }, ingress, egress) => ({
    podSelector: { matchLabels: selector },
    // A direction without rules would deny everything.
    policyTypes: [...(ingress.length > 0 ? ["Ingress"] : []), ...(egress.length > 0 ? ["Egress"] : [])],
    ...(ingress.length > 0 ? { ingress } : {}),
    ...(egress.length > 0 ? { egress } : {}),
  }),
  denyAll: () => ({ podSelector: {}, policyTypes: ["Ingress", "Egress"] }),
  rule({ peer, ports }, namespace, direction) {
    const peers = peersOf(peer, namespace);
    if (peers !== null && peers.length === 0) return null;
    return {
      ...(peers === null ? {} : { [direction === "ingress" ? "from" : "to"]: peers }),
      ...(ports.length === 0 ? {} : { ports: ports.map(({ port, protocol }) => ({ protocol, port })) }),
    };
  },
};

/** Null: any peer. */
function peersOf(peer: Peer, namespace: string): readonly object[] | null {
  switch (peer.type) {
    case "any":
      return null;
    case "nodes":
      return peer.blocks.length === 0 ? null : peer.blocks.map((cidr) => ({ ipBlock: { cidr } }));
    case "pods": {
      const podSelector = selectorOf(peer.selector);
      if (peer.namespace === namespace) return [{ podSelector }];
      return [{ namespaceSelector: { matchLabels: { [NAMESPACE_LABEL]: peer.namespace } }, podSelector }];
    }
    default:
      return peer.blocks.map((cidr) => ({ ipBlock: { cidr } }));
  }
}

function selectorOf(labels: Labels): object {
  return Object.keys(labels).length === 0 ? {} : { matchLabels: labels };
}
