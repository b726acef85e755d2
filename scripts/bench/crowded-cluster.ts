import type { ApiObject } from "../../test/servers/kubernetes-api.ts";

export interface ClusterSize {
  readonly nodes: number;
  readonly replicaSets: number;
  readonly services: number;
  readonly pods: number;
}

export const NAMESPACE = "shop";
export const nodeName = (index: number) => `node-${index}`;

const STARTED = "2026-01-01T00:00:00Z";

/** `10.P.Q.R`, one for each pod. */
export function podAddress(index: number): string {
  return `10.${64 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
}

export function nodeObject(index: number): ApiObject {
  const address = `172.${16 + (index >> 8)}.0.${index & 255}`;
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name: nodeName(index),
      labels: {
        "kubernetes.io/hostname": nodeName(index),
        "kubernetes.io/os": "linux",
        "topology.kubernetes.io/zone": "a",
      },
      annotations: { "node.alpha.kubernetes.io/ttl": "0" },
    },
    spec: { podCIDR: `10.${64 + (index >> 8)}.${index & 255}.0/24` },
    status: {
      addresses: [
        { type: "InternalIP", address },
        { type: "Hostname", address: nodeName(index) },
      ],
      capacity: { cpu: "16", memory: "64Gi", pods: "110" },
      allocatable: { cpu: "15", memory: "60Gi", pods: "110" },
      conditions: ["MemoryPressure", "DiskPressure", "PIDPressure", "Ready"].map((type) => ({
        type,
        status: type === "Ready" ? "True" : "False",
        reason: `KubeletHas${type}`,
        message: `kubelet has reported ${type}`,
        lastHeartbeatTime: STARTED,
        lastTransitionTime: STARTED,
      })),
      images: Array.from({ length: 20 }, (_, i) => ({
        names: [`registry.example/${nodeName(index)}/image-${i}:1.2.3`],
        sizeBytes: 100_000_000 + i,
      })),
    },
  };
}

const workload = (index: number) => `workload-${index}`;
const labels = (app: string) => ({ app, "app.kubernetes.io/part-of": "shop", "pod-template-hash": "5d9c7b8f4" });

export function replicaSetObject(index: number): ApiObject {
  const app = workload(index);
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name: `${app}-5d9c7b8f4`,
      namespace: NAMESPACE,
      labels: labels(app),
      ownerReferences: [
        {
          apiVersion: "apps/v1",
          kind: "Deployment",
          name: app,
          uid: `00000000-0000-4000-8000-${index}`,
          controller: true,
        },
      ],
    },
    // An old one, scaled to 0.
    spec: { replicas: 0, selector: { matchLabels: labels(app) }, template: podTemplate(app) },
  };
}

export function serviceObject(index: number): ApiObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: workload(index), namespace: NAMESPACE, labels: { app: workload(index) } },
    spec: { selector: { app: workload(index) }, ports: [{ name: "http", port: 80, targetPort: 8080 }] },
  };
}

/** A pod of one of the workloads, running; `replicaSet` is its owner as the API returned it. */
export function podObject(index: number, name: string, replicaSet: ApiObject, nodes: number): ApiObject {
  const app = (replicaSet.metadata.labels as Record<string, string>).app ?? "";
  const ip = podAddress(index);
  const template = podTemplate(app);
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: NAMESPACE,
      labels: labels(app),
      annotations: { "prometheus.io/scrape": "true", "prometheus.io/port": "8080" },
      ownerReferences: [
        {
          apiVersion: "apps/v1",
          kind: "ReplicaSet",
          name: replicaSet.metadata.name,
          uid: replicaSet.metadata.uid,
          controller: true,
        },
      ],
    },
    spec: { ...template.spec, nodeName: nodeName(index % nodes) },
    status: {
      phase: "Running",
      podIP: ip,
      podIPs: [{ ip }],
      startTime: STARTED,
      conditions: ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"].map(
        (type) => ({ type, status: "True", lastTransitionTime: STARTED }),
      ),
      containerStatuses: template.spec.containers.map((container) => ({
        name: container.name,
        image: container.image,
        imageID: `${container.image}@sha256:${"0123456789abcdef".repeat(4)}`,
        containerID: `containerd://${"fedcba9876543210".repeat(4)}`,
        ready: true,
        started: true,
        restartCount: 0,
        state: { running: { startedAt: STARTED } },
      })),
    },
  };
}

/** The endpoints of a Service: pods as the API returned them. */
export function sliceObject(index: number, pods: readonly ApiObject[]): ApiObject {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: `${workload(index)}-abc12`,
      namespace: NAMESPACE,
      labels: { "kubernetes.io/service-name": workload(index) },
    },
    addressType: "IPv4",
    endpoints: pods.map((pod) => ({
      addresses: [(pod.status as { podIP: string }).podIP],
      conditions: { ready: true, serving: true, terminating: false },
      nodeName: (pod.spec as { nodeName: string }).nodeName,
      targetRef: { kind: "Pod", namespace: NAMESPACE, name: pod.metadata.name, uid: pod.metadata.uid },
    })),
    ports: [{ name: "http", port: 8080, protocol: "TCP" }],
  };
}

function podTemplate(app: string) {
  const containers = [app, "proxy"].map((name, i) => ({
    name,
    image: `registry.example/shop/${name}:1.2.3`,
    ports: [{ name: `port-${i}`, containerPort: 8080 + i }],
    env: Array.from({ length: 8 }, (_, n) => ({ name: `SETTING_${n}`, value: `value ${n} of ${name}` })),
    resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "256Mi" } },
    readinessProbe: { httpGet: { path: "/ready", port: 8080 + i } },
    livenessProbe: { httpGet: { path: "/live", port: 8080 + i } },
  }));
  return { metadata: { labels: labels(app) }, spec: { containers } };
}
