/** The labels and annotations that are read, all of them: a record keeps no others. */

/** Helm's standard name label; it tells the agents' pods too. */
export const AGENT_LABEL = "app.kubernetes.io/name";
export const SERVICE_NAME_LABEL = "kubernetes.io/service-name";
export const SERVICE_NAME_ANNOTATION = "resource.opentelemetry.io/service.name";
export const SERVICE_NAMESPACE_ANNOTATION = "resource.opentelemetry.io/service.namespace";

/** Annotations in which CNIs note further addresses of a node: tunnel ends, routers. */
export const NODE_ADDRESS_ANNOTATIONS = [
  "projectcalico.org/IPv4Address",
  "projectcalico.org/IPv6Address",
  "projectcalico.org/IPv4IPIPTunnelAddr",
  "projectcalico.org/IPv4VXLANTunnelAddr",
  "projectcalico.org/IPv6VXLANTunnelAddr",
  "projectcalico.org/IPv4WireguardInterfaceAddr",
  "projectcalico.org/IPv6WireguardInterfaceAddr",
  "network.cilium.io/ipv4-cilium-host",
  "network.cilium.io/ipv6-cilium-host",
  "network.cilium.io/ipv4-health-ip",
  "network.cilium.io/ipv6-health-ip",
  "network.cilium.io/ipv4-Ingress-ip",
  "network.cilium.io/ipv6-Ingress-ip",
  "io.cilium.network.ipv4-cilium-host",
  "io.cilium.network.ipv6-cilium-host",
  "flannel.alpha.coreos.com/public-ip",
  "flannel.alpha.coreos.com/public-ipv6",
  "k3s.io/internal-ip",
  "k3s.io/external-ip",
];

export const INSTANCE_LABEL = "app.kubernetes.io/instance";
/** What a ReplicaSet's controller adds to its name. */
export const TEMPLATE_HASH_LABELS = ["pod-template-hash", "rollouts-pod-template-hash"];

/** The operator's annotations name the language: `instrumentation.opentelemetry.io/inject-java: "true"`. */
export const INJECT_ANNOTATION = /^instrumentation\.opentelemetry\.io\/inject-/;

const LABELS: ReadonlySet<string> = new Set([AGENT_LABEL, INSTANCE_LABEL, SERVICE_NAME_LABEL, ...TEMPLATE_HASH_LABELS]);
const ANNOTATIONS: ReadonlySet<string> = new Set([
  ...[SERVICE_NAME_ANNOTATION, SERVICE_NAMESPACE_ANNOTATION],
  ...NODE_ADDRESS_ANNOTATIONS,
]);

export function isLabelRead(name: string): boolean {
  return LABELS.has(name);
}

export function isAnnotationRead(name: string): boolean {
  return ANNOTATIONS.has(name) || INJECT_ANNOTATION.test(name);
}
