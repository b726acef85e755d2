import type { Labels } from "../../model/service-graph.ts";
import { isLinkLocal } from "../link-local.ts";
import type { PolicyFlavor } from "./network-policy.ts";
import type { Peer, PolicyRule } from "./workload-policy.ts";

const POD_NAMESPACE = "k8s:io.kubernetes.pod.namespace";
/** No CIDR block covers nodes: https://docs.cilium.io/en/stable/security/policy/language/#entities-based */
const NODES = ["host", "remote-node"];
/** The CRD's: https://github.com/cilium/cilium, pkg/k8s/apis/cilium.io/client/crds/v2 */
const DOMAIN = /^(?:[-a-zA-Z0-9_]+\.)+[-a-zA-Z0-9_]+\.?$/;
const MAX_DOMAIN = 255;
const MAX_PORTS = 40;

/**
 * cilium.io/v2: servers outside the cluster by name. Cilium learns their addresses from the DNS answers that pass its
 * proxy, so rules for DNS servers allow every name there.
 * https://docs.cilium.io/en/stable/security/policy/language/#dns-based
 */
export const CILIUM_POLICY: PolicyFlavor = {
  apiVersion: "cilium.io/v2",
  kind: "CiliumNetworkPolicy",
  spec: ({ selector }, ingress, egress) => ({
    endpointSelector: { matchLabels: selector },
    ...(ingress.length > 0 ? { ingress } : {}),
    ...(egress.length > 0 ? { egress } : {}),
  }),
  // An empty rule selects nothing, and puts the pods into default-deny mode:
  // https://docs.cilium.io/en/stable/security/policy/language/#ingress-egress-default-deny
  denyAll: () => ({ endpointSelector: {}, ingress: [{}], egress: [{}] }),
  rule(rule, namespace, direction) {
    const peers = direction === "ingress" ? sources(rule.peer, namespace) : destinations(rule.peer, namespace);
    return peers === null
      ? null
      : { ...peers, ...(rule.ports.length === 0 ? {} : { toPorts: portsOf(rule, direction) }) };
  },
};

/** Lists of at most 40 ports each. */
function portsOf({ peer, ports }: PolicyRule, direction: "ingress" | "egress"): readonly object[] {
  const isDns =
    direction === "egress" &&
    peer.type === "pods" &&
    ports.some(({ port, protocol }) => protocol === "UDP" && (port === 53 || port === 5353));
  const all = ports.map(({ port, protocol }) => ({ port: String(port), protocol }));
  return Array.from({ length: Math.ceil(all.length / MAX_PORTS) }, (_, i) => ({
    ports: all.slice(i * MAX_PORTS, (i + 1) * MAX_PORTS),
    ...(isDns ? { rules: { dns: [{ matchPattern: "*" }] } } : {}),
  }));
}

function sources(peer: Peer, namespace: string): object | null {
  switch (peer.type) {
    case "pods":
      return { fromEndpoints: [{ matchLabels: endpointLabels(peer.selector, peer.namespace, namespace) }] };
    case "any":
      return { fromEntities: ["all"] };
    case "nodes":
      return { fromEntities: [...NODES, "kube-apiserver", ...(peer.withOutside ? ["world"] : [])] };
    case "api-server":
      return { fromEntities: ["kube-apiserver"] };
    default:
      return peer.blocks.length === 0
        ? null
        : isEverywhere(peer.blocks)
          ? { fromEntities: ["world"] }
          : { fromCIDR: peer.blocks };
  }
}

function destinations(peer: Peer, namespace: string): object | null {
  switch (peer.type) {
    case "pods":
      return { toEndpoints: [{ matchLabels: endpointLabels(peer.selector, peer.namespace, namespace) }] };
    case "api-server":
      return { toEntities: ["kube-apiserver"] };
    case "domain":
      return isDomain(peer.name) ? { toFQDNs: [{ matchName: peer.name }] } : toBlocks(peer.blocks);
    case "blocks":
      return toBlocks(peer.blocks);
    case "nodes":
      return { toEntities: NODES };
    case "any":
      return { toEntities: ["all"] };
  }
}

function isDomain(name: string): boolean {
  return name.length <= MAX_DOMAIN && DOMAIN.test(name);
}

/** A link-local address, as of a node-local cache or a metadata service, is the host for Cilium. */
function toBlocks(blocks: readonly string[]): object | null {
  if (blocks.length === 0) return null;
  return blocks.every(isLinkLocal) ? { toEntities: ["host"] } : { toCIDR: blocks };
}

function endpointLabels(selector: Labels, peerNamespace: string, namespace: string): Labels {
  return peerNamespace === namespace ? selector : { [POD_NAMESPACE]: peerNamespace, ...selector };
}

function isEverywhere(blocks: readonly string[]): boolean {
  return blocks.includes("0.0.0.0/0");
}
