// EDGE: fs
import { chmodSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { ApiObject } from "../../servers/kubernetes-api.ts";
import { repositoryRoot } from "../../support/paths.ts";
import type { Call, Plan } from "../pods/traffic-program.ts";
import type { Bed } from "./bed.ts";

export const SHOP = "shop";
const IMAGE = "localhost/wirespan:bed";
/** The folder of attempts in a pod. */
const MOUNTED = "/attempts";
/** Apart from the ports that are called: what a host process dials on a probed port of its node counts as the kubelet's. */
const PROBE_PORT = 18_999;
/** Of the bed's nodes. */
const LOCAL_DNS = "169.254.20.10";

export interface TrafficPod {
  /** Of the workload, and its `app` label. */
  readonly name: string;
  readonly ports?: readonly number[];
  readonly calls?: readonly Call[];
  /** In the graph; by default SHOP/name. */
  readonly graphName?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly hostNetwork?: boolean;
  /** False: its TCP has no timestamps. */
  readonly timestamps?: boolean;
  readonly gate?: string;
  readonly repeats?: boolean;
  readonly exits?: boolean;
  readonly node?: string;
  /** Port of the node that is forwarded to the first of `ports`. */
  readonly hostPort?: number;
  /** It asks the DNS cache of its node. */
  readonly hasLocalDns?: boolean;
}

/** The namespace, and the program as a ConfigMap. */
export function trafficBase(bed: Bed): ApiObject[] {
  chmodSync(bed.logs, 0o777);
  const program = readFileSync(join(repositoryRoot, "dist/test/cluster/pods/traffic-program.js"), "utf8");
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: SHOP } },
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "program", namespace: SHOP },
      data: { "traffic-program.mjs": program },
    },
  ];
}

/** The pod template of a workload that answers and dials. Ready when it answers. */
export function podTemplate(bed: Bed, pod: TrafficPod): object {
  const { name, ports = [], calls = [], hostNetwork = false, timestamps = true } = pod;
  const isProbed = ports.length > 0;
  const plan: Plan = {
    name: pod.graphName ?? `${SHOP}/${name}`,
    ports: isProbed ? [...ports, PROBE_PORT] : ports,
    calls,
    gate: join(MOUNTED, basename(bed.gate(pod.gate ?? "go"))),
    log: `${MOUNTED}/${name}.$(POD_UID).jsonl`,
    repeats: pod.repeats ?? false,
    exits: pod.exits ?? false,
  };
  return {
    metadata: { labels: { app: name, ...pod.labels } },
    spec: {
      hostNetwork,
      ...dnsOf(pod),
      enableServiceLinks: false,
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 30,
      ...(pod.node === undefined ? {} : { nodeName: pod.node }),
      restartPolicy: pod.exits === true ? "Never" : "Always",
      securityContext: timestamps ? {} : { sysctls: [{ name: "net.ipv4.tcp_timestamps", value: "0" }] },
      // One a node, as far as there are nodes.
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: "kubernetes.io/hostname",
          whenUnsatisfiable: "ScheduleAnyway",
          labelSelector: { matchLabels: { app: name } },
        },
      ],
      containers: [
        {
          name: "main",
          image: IMAGE,
          imagePullPolicy: "Never",
          command: ["/usr/local/bin/node", "/program/traffic-program.mjs"],
          env: [
            { name: "POD_UID", valueFrom: { fieldRef: { fieldPath: "metadata.uid" } } },
            { name: "NODE_NAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } },
            { name: "PLAN", value: JSON.stringify(plan) },
          ],
          ...(isProbed ? { readinessProbe: { tcpSocket: { port: PROBE_PORT }, periodSeconds: 1 } } : {}),
          ports: ports.map((containerPort, index) => ({
            containerPort,
            ...(index === 0 && pod.hostPort !== undefined ? { hostPort: pod.hostPort } : {}),
          })),
          volumeMounts: [
            { name: "program", mountPath: "/program" },
            { name: "attempts", mountPath: MOUNTED },
          ],
        },
      ],
      volumes: [
        { name: "program", configMap: { name: "program" } },
        { name: "attempts", hostPath: { path: bed.logs } },
      ],
    },
  };
}

function dnsOf({ hasLocalDns = false, hostNetwork = false }: TrafficPod): object {
  if (!hasLocalDns) return { dnsPolicy: hostNetwork ? "ClusterFirstWithHostNet" : "ClusterFirst" };
  const searches = [`${SHOP}.svc.cluster.local`, "svc.cluster.local", "cluster.local"];
  const dnsConfig = { nameservers: [LOCAL_DNS], searches, options: [{ name: "ndots", value: "5" }] };
  return { dnsPolicy: "None", dnsConfig };
}

export function deployment(bed: Bed, pod: TrafficPod, replicas = 1): ApiObject {
  return workload("Deployment", pod.name, { replicas, template: podTemplate(bed, pod) });
}

export function daemonSet(bed: Bed, pod: TrafficPod): ApiObject {
  return workload("DaemonSet", pod.name, { template: podTemplate(bed, pod) });
}

/** With a headless Service of its name. */
export function statefulSet(bed: Bed, pod: TrafficPod, replicas: number): ApiObject[] {
  return [
    workload("StatefulSet", pod.name, {
      replicas,
      serviceName: pod.name,
      podManagementPolicy: "Parallel",
      template: podTemplate(bed, pod),
    }),
    service(pod.name, pod.name, pod.ports?.[0] ?? 0, { clusterIP: "None" }),
  ];
}

export function job(bed: Bed, pod: TrafficPod): ApiObject {
  const template = podTemplate(bed, { ...pod, exits: true });
  return { apiVersion: "batch/v1", kind: "Job", metadata: { name: pod.name, namespace: SHOP }, spec: { template } };
}

/** Its schedule never comes; `kubectl create job --from` starts it. */
export function cronJob(bed: Bed, pod: TrafficPod): ApiObject {
  const template = podTemplate(bed, { ...pod, exits: true });
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: pod.name, namespace: SHOP },
    spec: { schedule: "0 0 29 2 *", jobTemplate: { spec: { template } } },
  };
}

/** A DNS cache on each node. It asks the cluster's DNS over TCP, as NodeLocal DNSCache does. */
export function localDns(): ApiObject[] {
  const metadata = { name: "node-local-dns", namespace: "kube-system" };
  const labels = { "k8s-app": "node-local-dns" };
  const Corefile = `.:53 {
    errors
    bind ${LOCAL_DNS}
    cache 5
    forward . 10.96.0.10 {
        force_tcp
    }
}
`;
  const container = {
    name: "cache",
    image: "localhost/coredns:bed",
    imagePullPolicy: "Never",
    args: ["-conf", "/etc/coredns/Corefile"],
    volumeMounts: [{ name: "config", mountPath: "/etc/coredns" }],
  };
  const spec = {
    hostNetwork: true,
    dnsPolicy: "Default",
    terminationGracePeriodSeconds: 2,
    containers: [container],
    volumes: [{ name: "config", configMap: { name: metadata.name } }],
  };
  const template = { metadata: { labels }, spec };
  return [
    { apiVersion: "v1", kind: "ConfigMap", metadata, data: { Corefile } },
    { apiVersion: "apps/v1", kind: "DaemonSet", metadata, spec: { selector: { matchLabels: labels }, template } },
  ];
}

/** Port 80, if the Service is not headless. */
export function service(name: string, app: string, targetPort: number, spec: object = {}): ApiObject {
  const isHeadless = (spec as { clusterIP?: string }).clusterIP === "None";
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: SHOP },
    spec: { selector: { app }, ports: [{ port: isHeadless ? targetPort : 80, targetPort }], ...spec },
  };
}

function workload(kind: string, name: string, spec: object): ApiObject {
  const selector = { matchLabels: { app: name } };
  return { apiVersion: "apps/v1", kind, metadata: { name, namespace: SHOP }, spec: { selector, ...spec } };
}
