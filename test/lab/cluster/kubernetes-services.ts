import { endpointsOf, type LabCluster, type LabService } from "./cluster-plan.ts";
import { type KubernetesObject, podLabels, uid } from "./kubernetes-objects.ts";

const servicePorts = (service: LabService) =>
  service.protocol === "DNS"
    ? [
        { name: "dns", port: 53, targetPort: 53, protocol: "UDP" },
        { name: "dns-tcp", port: 53, targetPort: 53, protocol: "TCP" },
      ]
    : service.ports.map(({ name, port, targetPort, nodePort }) => ({
        name,
        port,
        targetPort,
        protocol: "TCP",
        ...(nodePort === null ? {} : { nodePort }),
      }));

export function serviceObject(cluster: LabCluster, service: LabService): KubernetesObject {
  const { namespace, name, clusterIp, externalName } = service;
  const metadata = { name, namespace, uid: uid("Service", namespace, name) };
  const head = { apiVersion: "v1", kind: "Service", metadata };
  if (externalName !== null)
    return { ...head, spec: { type: "ExternalName", externalName }, status: { loadBalancer: {} } };
  const workload = cluster.workloads.find((one) => `${one.namespace}/${one.name}` === service.workload);
  const isApiServer = name === "kubernetes";
  return {
    ...head,
    spec: {
      type: service.ports.some(({ nodePort }) => nodePort !== null) ? "NodePort" : "ClusterIP",
      clusterIP: clusterIp?.v4 ?? "None",
      clusterIPs: clusterIp ? [clusterIp.v4, clusterIp.v6] : ["None"],
      ipFamilies: ["IPv4", "IPv6"],
      ports: servicePorts(service),
      ...(isApiServer ? {} : { selector: workload ? podLabels(workload) : { app: name } }),
    },
    status: { loadBalancer: {} },
  };
}

/**
 * The slices of a service, one a family, with the endpoints at a moment of the traffic time.
 * Those of the API server point at no pod: it writes them itself.
 */
export function endpointSliceObjects(cluster: LabCluster, service: LabService, at: number): KubernetesObject[] {
  if (service.externalName !== null) return [];
  const isApiServer = service.name === "kubernetes";
  return (["v4", "v6"] as const).map((family) => ({
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    addressType: family === "v4" ? "IPv4" : "IPv6",
    metadata: {
      name: `${service.name}-${uid(service.namespace, service.name, family).slice(0, 5)}`,
      namespace: service.namespace,
      labels: { "kubernetes.io/service-name": service.name },
    },
    endpoints: endpointsOf(cluster, service, at).map((pod) => ({
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
    ports: servicePorts(service).map(({ name, targetPort, protocol }) => ({ name, port: targetPort, protocol })),
  }));
}
