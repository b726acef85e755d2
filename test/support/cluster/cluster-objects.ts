import type { ClusterEvent } from "../../../src/kubernetes/objects/cluster-event.ts";
import type { KubernetesObject } from "../../../src/kubernetes/objects/kubernetes-objects.ts";

/** Second 0 of every test; times in tests are seconds since then. */
export const START_SECONDS = Date.UTC(2026, 10, 23, 8) / 1_000;

export function micros(seconds: number): number {
  return Math.round((START_SECONDS + seconds) * 1e6);
}

/** Timestamps of the API: whole seconds, rounded down. */
export function apiTime(seconds: number): string {
  return `${new Date(Math.floor(START_SECONDS + seconds) * 1_000).toISOString().slice(0, 19)}Z`;
}

export interface PodOptions {
  readonly ip?: string | readonly string[];
  readonly node?: string;
  readonly uid?: string;
  readonly owner?: readonly [kind: string, name: string];
  readonly createdSeconds?: number;
  readonly phase?: string;
  readonly startedSeconds?: number;
  readonly finishedSeconds?: number;
  readonly restartPolicy?: string;
  readonly hostNetwork?: boolean;
  readonly ports?: readonly Record<string, unknown>[];
  readonly containers?: readonly Record<string, unknown>[];
  readonly initContainers?: readonly Record<string, unknown>[];
  readonly labels?: Record<string, string>;
  readonly ready?: boolean;
  readonly annotations?: Record<string, string>;
  /** When its deletion was requested. */
  readonly deletionSeconds?: number;
}

/** `pod("shop/web-1", …)`: Running on node `a`, created 100 s before the test, controlled by `owner`. */
export function pod(path: string, options: PodOptions = {}): KubernetesObject {
  const [namespace = "", name = ""] = path.split("/");
  const ips = options.ip === undefined ? [] : [options.ip].flat();
  const phase = options.phase ?? "Running";
  const container = {
    name: "main",
    ...(options.ports === undefined ? {} : { ports: options.ports }),
  };
  return object("Pod", namespace, name, {
    metadata: {
      uid: options.uid ?? `uid of ${path}`,
      creationTimestamp: apiTime(options.createdSeconds ?? -100),
      labels: options.labels ?? {},
      annotations: options.annotations ?? {},
      ...(options.deletionSeconds === undefined
        ? {}
        : { deletionTimestamp: apiTime(options.deletionSeconds + 30), deletionGracePeriodSeconds: 30 }),
      ...ownedBy(options.owner),
    },
    spec: {
      ...(phase === "Pending" && options.node === undefined ? {} : { nodeName: options.node ?? "a" }),
      ...(options.hostNetwork === true ? { hostNetwork: true } : {}),
      ...(options.restartPolicy === undefined ? {} : { restartPolicy: options.restartPolicy }),
      containers: options.containers ?? [container],
      ...(options.initContainers === undefined ? {} : { initContainers: options.initContainers }),
    },
    status: {
      phase,
      ...(options.ready === undefined
        ? {}
        : { conditions: [{ type: "Ready", status: options.ready ? "True" : "False" }] }),
      ...(ips.length === 0 ? {} : { podIP: ips[0], podIPs: ips.map((ip) => ({ ip })) }),
      ...containerStatuses(options),
    },
  });
}

/** A ReplicaSet or Job under its owner. */
export function owner(kind: "ReplicaSet" | "Job", path: string, parent?: readonly [string, string]): KubernetesObject {
  const [namespace = "", name = ""] = path.split("/");
  return object(kind, namespace, name, { metadata: { uid: `uid of ${name}`, ...ownedBy(parent) } });
}

/** Pod, ReplicaSet and the reference to its Deployment: `deployed("shop/orders", { ip })`. */
export function deployed(path: string, options: PodOptions & { readonly pod?: string } = {}): KubernetesObject[] {
  const [namespace = "", name = ""] = path.split("/");
  const hash = "5d9c7b8f4";
  return [
    owner("ReplicaSet", `${path}-${hash}`, ["Deployment", name]),
    pod(`${namespace}/${options.pod ?? `${name}-${hash}-x2x4z`}`, {
      owner: ["ReplicaSet", `${name}-${hash}`],
      ...options,
    }),
  ];
}

export interface ServiceOptions {
  readonly ip?: string | readonly string[];
  readonly type?: string;
  readonly ports?: readonly Record<string, unknown>[];
  readonly externalName?: string;
  readonly externalIps?: readonly string[];
  readonly balancerIps?: readonly string[];
}

export function service(path: string, options: ServiceOptions = {}): KubernetesObject {
  const [namespace = "", name = ""] = path.split("/");
  const ips = [options.ip ?? "None"].flat();
  return object("Service", namespace, name, {
    metadata: { uid: `uid of service ${path}` },
    spec: {
      type: options.type ?? "ClusterIP",
      ...(options.externalName === undefined
        ? { clusterIP: ips[0], clusterIPs: ips }
        : { externalName: options.externalName }),
      ports: options.ports ?? [{ port: 80, protocol: "TCP" }],
      ...(options.externalIps === undefined ? {} : { externalIPs: options.externalIps }),
    },
    status: {
      loadBalancer:
        options.balancerIps === undefined ? {} : { ingress: options.balancerIps.map((ip) => ({ ip, ipMode: "VIP" })) },
    },
  });
}

/** An EndpointSlice of the Service: endpoints as pods, or as bare addresses. */
export function slice(
  path: string,
  port: number,
  endpoints: readonly (KubernetesObject | string)[],
  suffix = "abc12",
): KubernetesObject {
  const [namespace = "", name = ""] = path.split("/");
  return {
    ...object("EndpointSlice", namespace, `${name}-${suffix}`, {
      metadata: { uid: `uid of slice ${path}-${suffix}`, labels: { "kubernetes.io/service-name": name } },
    }),
    endpoints: endpoints.map((endpoint) =>
      typeof endpoint === "string"
        ? { addresses: [endpoint] }
        : {
            addresses: [String(endpoint.status?.podIP)],
            targetRef: {
              kind: "Pod",
              namespace,
              name: endpoint.metadata?.name ?? "",
              uid: endpoint.metadata?.uid ?? "",
            },
          },
    ),
    ports: [{ port, protocol: "TCP" }],
  };
}

export function node(
  name: string,
  address: string | readonly string[],
  podCidr: string | readonly string[],
  annotations: Record<string, string> = {},
): KubernetesObject {
  const cidrs = [podCidr].flat();
  return object("Node", "", name, {
    metadata: { annotations },
    spec: cidrs.length === 0 ? {} : { podCIDR: cidrs[0], podCIDRs: cidrs },
    status: { addresses: [address].flat().map((text) => ({ type: "InternalIP", address: text })) },
  });
}

/** Three nodes a, b and c at 192.168.0.1, .2 and .3 with the pod ranges 10.244.1.0/24, .2 and .3, and fd00:10:244:N::/64. */
export function threeNodes(): KubernetesObject[] {
  return ["a", "b", "c"].map((name, i) =>
    node(name, `192.168.0.${i + 1}`, [`10.244.${i + 1}.0/24`, `fd00:10:244:${i + 1}::/64`]),
  );
}

export function added(seconds: number, object: KubernetesObject): ClusterEvent {
  return { timeMicros: micros(seconds), type: "ADDED", object };
}

export function modified(seconds: number, object: KubernetesObject): ClusterEvent {
  return { timeMicros: micros(seconds), type: "MODIFIED", object };
}

export function deleted(seconds: number, object: KubernetesObject): ClusterEvent {
  return { timeMicros: micros(seconds), type: "DELETED", object };
}

function containerStatuses({ startedSeconds, finishedSeconds }: PodOptions) {
  if (startedSeconds === undefined && finishedSeconds === undefined) return {};
  const start = startedSeconds === undefined ? {} : { startedAt: apiTime(startedSeconds) };
  const end = { ...start, exitCode: 0, finishedAt: apiTime(finishedSeconds ?? 0) };
  return {
    containerStatuses: [
      { restartCount: 0, state: finishedSeconds === undefined ? { running: start } : { terminated: end } },
    ],
  };
}

function ownedBy(reference: readonly [string, string] | undefined) {
  if (reference === undefined) return {};
  const [kind, name] = reference;
  return { ownerReferences: [{ kind, name, uid: `uid of ${name}`, controller: true }] };
}

function object(kind: string, namespace: string, name: string, rest: KubernetesObject): KubernetesObject {
  return { kind, ...rest, metadata: { name, ...(namespace === "" ? {} : { namespace }), ...rest.metadata } };
}
