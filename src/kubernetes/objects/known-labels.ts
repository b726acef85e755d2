/**
 * All annotations that wirespan reads, and the labels with a meaning. `record` writes no others, except all labels of pods,
 * which selectors need.
 */

/** Kubernetes' recommended name label; also selects the pods of the agents. */
export const AGENT_LABEL = "app.kubernetes.io/name";
export const SERVICE_NAME_LABEL = "kubernetes.io/service-name";
export const SERVICE_NAME_ANNOTATION = "resource.opentelemetry.io/service.name";
export const SERVICE_NAMESPACE_ANNOTATION = "resource.opentelemetry.io/service.namespace";

/** Annotations with additional addresses of a node: tunnel endpoints, routers. */
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
  // OVN-Kubernetes.
  "k8s.ovn.org/node-primary-ifaddr",
  "k8s.ovn.org/host-addresses",
  "k8s.ovn.org/host-cidrs",
  // Kube-OVN.
  "ovn.kubernetes.io/ip_address",
  // Antrea.
  "node.antrea.io/transport-addresses",
];

/** OVN-Kubernetes: addresses of a node's routers, which are the source of traffic through NodePorts. */
export const NODE_ROUTER_ANNOTATIONS = [
  "k8s.ovn.org/node-gateway-router-lrp-ifaddr",
  "k8s.ovn.org/node-gateway-router-lrp-ifaddrs",
  "k8s.ovn.org/node-transit-switch-port-ifaddr",
];

/** Annotations with a node's pod ranges. */
export const NODE_RANGE_ANNOTATIONS = [
  "network.cilium.io/ipv4-pod-cidr",
  "network.cilium.io/ipv6-pod-cidr",
  "io.cilium.network.ipv4-pod-cidr",
  "io.cilium.network.ipv6-pod-cidr",
];
/** OVN-Kubernetes: a node's pod ranges by network. */
export const OVN_NODE_SUBNETS_ANNOTATION = "k8s.ovn.org/node-subnets";

/** Multus: the interfaces of a pod; the newer name first. */
export const NETWORK_STATUS_ANNOTATIONS = ["k8s.v1.cni.cncf.io/network-status", "k8s.v1.cni.cncf.io/networks-status"];

export const INSTANCE_LABEL = "app.kubernetes.io/instance";
/** Labels with the hash that a controller appends to the name of a ReplicaSet, by kind of controller. */
export const TEMPLATE_HASH_LABELS = [
  { label: "rollouts-pod-template-hash", kind: "Rollout" },
  { label: "pod-template-hash", kind: "Deployment" },
] as const;

export const DEPLOYMENT_CONFIG_ANNOTATION = "openshift.io/deployment-config.name";
export const DEPLOYER_POD_LABEL = "openshift.io/deployer-pod-for.name";

/** Services with it are left to another proxy than the cluster's. */
export const SERVICE_PROXY_LABEL = "service.kubernetes.io/service-proxy-name";

/** Name of the ServiceImport that a Service implements in this cluster (KEP-1645). */
export const IMPORTED_SERVICE_LABEL = "multicluster.kubernetes.io/service-name";

/** Labels or annotations of a pod that name the creator of its owner. */
export const CREATOR_KEYS = {
  buildConfig: "openshift.io/build-config.name",
  cronWorkflow: "workflows.argoproj.io/cron-workflow",
  workflowTemplate: "workflows.argoproj.io/workflow-template",
  clusterWorkflowTemplate: "workflows.argoproj.io/cluster-workflow-template",
  pipeline: "tekton.dev/pipeline",
  task: "tekton.dev/task",
  clusterTask: "tekton.dev/clusterTask",
  scaleSet: "actions.github.com/scale-set-name",
  runnerDeployment: "runner-deployment-name",
} as const;

/** The OpenTelemetry Operator, by language: `instrumentation.opentelemetry.io/inject-java: "true"`. */
export const INJECT_ANNOTATION = /^instrumentation\.opentelemetry\.io\/inject-/;

/** Labels of one revision, one run or one pod. A selector with them stops matching after the next roll-out or run. */
const REVISION_LABELS: ReadonlySet<string> = new Set([
  ...TEMPLATE_HASH_LABELS.map(({ label }) => label),
  "controller-revision-hash",
  "pod-template-generation",
  "statefulset.kubernetes.io/pod-name",
  "apps.kubernetes.io/pod-index",
  "job-name",
  "controller-uid",
  "workflows.argoproj.io/workflow",
  "tekton.dev/pipelineRun",
  "tekton.dev/pipelineRunUID",
  "tekton.dev/taskRun",
  "tekton.dev/taskRunUID",
]);
const REVISION_PREFIX = "batch.kubernetes.io/";

export function isRevisionLabel(name: string): boolean {
  return REVISION_LABELS.has(name) || name.startsWith(REVISION_PREFIX);
}

/**
 * Labels that often change with a release or a move, though they may be all that distinguishes two workloads: those that say
 * least about the workload first. Nodes give pods their topology.
 */
export const RELEASE_LABELS = [
  "helm.sh/chart",
  "chart",
  "topology.kubernetes.io/zone",
  "topology.kubernetes.io/region",
  "istio.io/rev",
  "service.istio.io/canonical-revision",
  "app.kubernetes.io/version",
  "version",
] as const;

const CREATORS = Object.values(CREATOR_KEYS);
const LABELS: ReadonlySet<string> = new Set([
  AGENT_LABEL,
  INSTANCE_LABEL,
  SERVICE_NAME_LABEL,
  IMPORTED_SERVICE_LABEL,
  SERVICE_PROXY_LABEL,
  DEPLOYER_POD_LABEL,
  ...TEMPLATE_HASH_LABELS.map(({ label }) => label),
  DEPLOYMENT_CONFIG_ANNOTATION,
  ...CREATORS,
]);
const ANNOTATIONS: ReadonlySet<string> = new Set([
  SERVICE_NAME_ANNOTATION,
  SERVICE_NAMESPACE_ANNOTATION,
  ...NODE_ADDRESS_ANNOTATIONS,
  ...NODE_ROUTER_ANNOTATIONS,
  ...NODE_RANGE_ANNOTATIONS,
  OVN_NODE_SUBNETS_ANNOTATION,
  ...NETWORK_STATUS_ANNOTATIONS,
  DEPLOYMENT_CONFIG_ANNOTATION,
  DEPLOYER_POD_LABEL,
  ...CREATORS,
]);

export function isLabelRead(name: string): boolean {
  return LABELS.has(name);
}

export function isAnnotationRead(name: string): boolean {
  return ANNOTATIONS.has(name) || INJECT_ANNOTATION.test(name);
}
