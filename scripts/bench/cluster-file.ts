import { type ClusterPlan, NODES, nodeAddress, type Pod, RESOLVER_IPV6, type Target } from "./cluster-plan.ts";

const CREATED = "2026-01-01T00:00:00Z";

/** The plan in the format of `kubectl get pods,services,endpointslices,nodes,replicasets -A -o json`. */
export function clusterFile(plan: ClusterPlan): string {
  const services = [...plan.targets.filter((target) => target.namespace !== null), plan.resolver];
  const pods = [...plan.clients, ...services.flatMap((service) => service.pods)];
  const owners = new Map(pods.map((pod) => [`${pod.namespace}/${replicaSetOf(pod)}`, pod]));
  const items = [
    ...NODES.map(nodeObject),
    ...pods.map(podObject),
    ...[...owners.values()].map(replicaSetObject),
    ...services.flatMap((service) => [serviceObject(service), ...sliceObjects(service)]),
  ];
  return JSON.stringify({ apiVersion: "v1", kind: "List", items });
}

function metadata(name: string, namespace: string | null, more: object = {}): object {
  const uid = `${namespace ?? "cluster"}-${name}`;
  return { name, ...(namespace === null ? {} : { namespace }), uid, creationTimestamp: CREATED, ...more };
}

function controller(kind: string, name: string): object {
  return { ownerReferences: [{ apiVersion: "apps/v1", kind, name, uid: `${kind}-${name}`, controller: true }] };
}

function replicaSetOf(pod: Pod): string {
  return pod.name.slice(0, pod.name.lastIndexOf("-"));
}

function nodeObject(name: string): object {
  const podCIDRs = [`10.${128 + NODES.indexOf(name as (typeof NODES)[number])}.0.0/16`];
  podCIDRs.push(`fd00:${(128 + NODES.indexOf(name as (typeof NODES)[number])).toString(16)}::/64`);
  const addresses = [
    { type: "InternalIP", address: nodeAddress(name).text },
    { type: "Hostname", address: name },
  ];
  const spec = { podCIDR: podCIDRs[0], podCIDRs };
  return { apiVersion: "v1", kind: "Node", metadata: metadata(name, null), spec, status: { addresses } };
}

function podObject(pod: Pod): object {
  const [first, second] = pod.addresses;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: metadata(pod.name, pod.namespace, {
      labels: { app: pod.workload },
      ...controller("ReplicaSet", replicaSetOf(pod)),
    }),
    spec: { nodeName: pod.node, containers: [{ name: "app", image: "app:1" }] },
    status: {
      phase: "Running",
      podIP: first.text,
      podIPs: [{ ip: first.text }, { ip: second.text }],
      startTime: CREATED,
      conditions: [{ type: "Ready", status: "True" }],
    },
  };
}

function replicaSetObject(pod: Pod): object {
  const owned = metadata(replicaSetOf(pod), pod.namespace, controller("Deployment", pod.workload));
  return { apiVersion: "apps/v1", kind: "ReplicaSet", metadata: owned, spec: {}, status: {} };
}

function serviceObject(service: Target): object {
  const isResolver = service.name === "kube-dns";
  const clusterIPs =
    service.via === "headless" ? ["None"] : [service.dialled.text, ...(isResolver ? [RESOLVER_IPV6.text] : [])];
  const protocols = isResolver ? ["UDP", "TCP"] : ["TCP"];
  const { port, targetPort } = service;
  const ports = protocols.map((protocol) => ({ name: `p-${protocol.toLowerCase()}`, port, targetPort, protocol }));
  const selector = { app: service.pods[0]?.workload };
  const spec = { type: "ClusterIP", clusterIP: clusterIPs[0], clusterIPs, ports, selector };
  return { apiVersion: "v1", kind: "Service", metadata: metadata(service.name, service.namespace), spec };
}

function sliceObjects(service: Target): object[] {
  const protocols = service.name === "kube-dns" ? ["UDP", "TCP"] : ["TCP"];
  const ports = protocols.map((protocol) => ({
    name: `p-${protocol.toLowerCase()}`,
    port: service.targetPort,
    protocol,
  }));
  return (["IPv4", "IPv6"] as const).map((addressType, family) => ({
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: metadata(`${service.name}-${addressType.toLowerCase()}`, service.namespace, {
      labels: { "kubernetes.io/service-name": service.name },
    }),
    addressType,
    ports,
    endpoints: service.pods.map((pod) => ({
      addresses: [pod.addresses[family as 0 | 1].text],
      conditions: { ready: true, serving: true, terminating: false },
      nodeName: pod.node,
      targetRef: { kind: "Pod", name: pod.name, namespace: pod.namespace, uid: `${pod.namespace}-${pod.name}` },
    })),
  }));
}
