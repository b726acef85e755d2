import {
  endpointsOf,
  type LabCluster,
  type LabPod,
  type LabService,
  targetPortOf,
  workloadKey,
} from "./cluster-plan.ts";
import { type KubernetesObject, podLabels, uid } from "./kubernetes-objects.ts";

const servicePorts = (service: LabService) =>
  service.protocol === "DNS"
    ? [
        { name: "dns", port: 53, targetPort: 53, protocol: "UDP" },
        { name: "dns-tcp", port: 53, targetPort: 53, protocol: "TCP" },
      ]
    : service.ports.map(({ name, port, targetPort, targetName, nodePort }) => ({
        name,
        port,
        targetPort: targetName ?? targetPort,
        protocol: "TCP",
        ...(nodePort === null ? {} : { nodePort }),
      }));

export function serviceObject(cluster: LabCluster, service: LabService): KubernetesObject {
  const { namespace, name, clusterIp, externalName } = service;
  const metadata = { name, namespace, uid: uid("Service", namespace, name) };
  const head = { apiVersion: "v1", kind: "Service", metadata };
  if (externalName !== null)
    return { ...head, spec: { type: "ExternalName", externalName }, status: { loadBalancer: {} } };
  const isApiServer = name === "kubernetes";
  return {
    ...head,
    spec: {
      type: service.ports.some(({ nodePort }) => nodePort !== null) ? "NodePort" : "ClusterIP",
      clusterIP: clusterIp?.v4 ?? "None",
      clusterIPs: clusterIp ? [clusterIp.v4, clusterIp.v6] : ["None"],
      ipFamilies: ["IPv4", "IPv6"],
      ports: servicePorts(service),
      ...(isApiServer ? {} : { selector: selectorOf(cluster, service) }),
    },
    status: { loadBalancer: {} },
  };
}

/** The labels that all workloads behind it have. */
function selectorOf(cluster: LabCluster, { name, workloads }: LabService): Record<string, string> {
  const [first, ...others] = cluster.workloads.filter((one) => workloads.includes(workloadKey(one))).map(podLabels);
  if (first === undefined) return { app: name };
  return Object.fromEntries(
    Object.entries(first).filter(([key, value]) => others.every((labels) => labels[key] === value)),
  );
}

/**
 * The slices of a service, one for each family and number of its ports, with the endpoints at a moment of the traffic time.
 * Those of the API server point at no pod: it writes them itself.
 */
export function endpointSliceObjects(cluster: LabCluster, service: LabService, at: number): KubernetesObject[] {
  if (service.externalName !== null) return [];
  const endpoints = endpointsOf(cluster, service, at);
  return groupsOf(service, endpoints).flatMap((group, i) =>
    (["v4", "v6"] as const).map((family) => sliceObject(service, group, family, i === 0 ? [] : [String(i)])),
  );
}

/** Pods whose ports have equal numbers; at least one group. */
function groupsOf({ ports }: LabService, pods: readonly LabPod[]): readonly (readonly LabPod[])[] {
  const numbersOf = (pod: LabPod): string => ports.map((port) => targetPortOf(port, pod)).join();
  const distinct = [...new Set(pods.map(numbersOf))];
  return distinct.length === 0 ? [[]] : distinct.map((numbers) => pods.filter((pod) => numbersOf(pod) === numbers));
}

function sliceObject(
  service: LabService,
  pods: readonly LabPod[],
  family: "v4" | "v6",
  suffix: readonly string[],
): KubernetesObject {
  const isApiServer = service.name === "kubernetes";
  const [first] = pods;
  const numbers = service.ports.map((port) => (first === undefined ? port.targetPort : targetPortOf(port, first)));
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    addressType: family === "v4" ? "IPv4" : "IPv6",
    metadata: {
      name: `${service.name}-${uid(service.namespace, service.name, family, ...suffix).slice(0, 5)}`,
      namespace: service.namespace,
      labels: { "kubernetes.io/service-name": service.name },
    },
    endpoints: pods.map((pod) => ({
      addresses: [pod.address[family]],
      conditions: { ready: true, serving: true, terminating: false },
      ...(isApiServer
        ? {}
        : {
            nodeName: pod.node.name,
            targetRef: {
              kind: "Pod",
              namespace: pod.workload.namespace,
              name: pod.name,
              uid: uid("Pod", pod.workload.namespace, pod.name),
            },
          }),
    })),
    ports: servicePorts(service).map(({ name, protocol }, i) => ({ name, port: numbers[i] ?? 53, protocol })),
  };
}
