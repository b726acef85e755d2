// EDGE: fs
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type CountedEdge, countedEdges } from "../../collector/support/counted-edges.ts";
import { parsePrometheusText } from "../../collector/support/prometheus-text.ts";
import type { ApiObject } from "../../servers/kubernetes-api.ts";
import { repositoryRoot } from "../../support/paths.ts";
import type { Bed, CommandResult } from "./bed.ts";

export const OBSERVABILITY = "observability";
export const CHART = join(repositoryRoot, "charts/wirespan");
const OTLP_PORT = 4317;
const PROMETHEUS_PORT = 8889;
const TELEMETRY_PORT = 8888;
/** Selects the agents' pods. */
export const AGENTS = "app.kubernetes.io/name=wirespan";

export interface Pod {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly spec: {
    readonly nodeName?: string;
    readonly affinity?: {
      readonly nodeAffinity: {
        readonly requiredDuringSchedulingIgnoredDuringExecution: {
          readonly nodeSelectorTerms: readonly { readonly matchFields?: readonly { readonly values: string[] }[] }[];
        };
      };
    };
  };
  readonly status: {
    readonly phase: string;
    readonly podIP?: string;
    readonly containerStatuses?: readonly {
      readonly name: string;
      readonly containerID: string;
      readonly restartCount: number;
      readonly state: { readonly running?: object };
    }[];
  };
}

/** A namespace that admits the agents' pods. */
export function observabilityNamespace(level = "privileged"): ApiObject {
  const labels = { "pod-security.kubernetes.io/enforce": level };
  return { apiVersion: "v1", kind: "Namespace", metadata: { name: OBSERVABILITY, labels } };
}

/** How the real Collector runs: with the configuration that the repository ships. */
export interface CollectorShape {
  readonly kind: "Deployment" | "DaemonSet";
  /** On the node's own address. */
  readonly hostPort?: boolean;
  /** Service `collector`; not there by default for a DaemonSet. */
  readonly service?: object;
  readonly node?: string;
  /** A folder of the machine, for the files of `receivedPairs`: each pair, beside the graph. */
  readonly pairsFolder?: string;
}

/** Beside the shipped configuration: the pairs as they are received. */
const PAIRS_CONFIG = `exporters:
  file: { path: "/pairs/pairs-\${env:POD_UID}.otlp" }
service: { pipelines: { traces/pairs: { receivers: [otlp], exporters: [file] } } }`;

export function collector({ kind, hostPort = false, service, node, pairsFolder }: CollectorShape): ApiObject[] {
  const config = readFileSync(join(repositoryRoot, "collector-config/collector.yaml"), "utf8");
  const metadata = { name: "collector", namespace: OBSERVABILITY };
  const labels = { app: "collector" };
  const variables = {
    WIRESPAN_OTLP_ENDPOINT: `0.0.0.0:${OTLP_PORT}`,
    WIRESPAN_PROMETHEUS_ENDPOINT: `0.0.0.0:${PROMETHEUS_PORT}`,
    WIRESPAN_TELEMETRY_HOST: "0.0.0.0",
    WIRESPAN_METRICS_FLUSH_INTERVAL: "1s",
    WIRESPAN_TEMPO_ENDPOINT: "127.0.0.1:1",
  };
  const container = {
    name: "collector",
    image: "localhost/collector:bed",
    imagePullPolicy: "Never",
    args: ["collector.yaml", ...(pairsFolder === undefined ? [] : ["pairs.yaml"])].map(
      (file) => `--config=/etc/collector/${file}`,
    ),
    env: [
      ...Object.entries(variables).map(([name, value]) => ({ name, value })),
      { name: "POD_UID", valueFrom: { fieldRef: { fieldPath: "metadata.uid" } } },
    ],
    ports: [{ containerPort: OTLP_PORT, ...(hostPort ? { hostPort: OTLP_PORT } : {}) }],
    readinessProbe: { tcpSocket: { port: OTLP_PORT }, periodSeconds: 1 },
    volumeMounts: [
      { name: "config", mountPath: "/etc/collector" },
      ...(pairsFolder === undefined ? [] : [{ name: "pairs", mountPath: "/pairs" }]),
    ],
  };
  const template = {
    metadata: { labels },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 5,
      ...(node === undefined ? {} : { nodeSelector: { "kubernetes.io/hostname": node } }),
      containers: [container],
      volumes: [
        { name: "config", configMap: { name: "collector" } },
        ...(pairsFolder === undefined ? [] : [{ name: "pairs", hostPath: { path: pairsFolder } }]),
      ],
    },
  };
  const spec = { selector: { matchLabels: labels }, template, ...(kind === "Deployment" ? { replicas: 1 } : {}) };
  return [
    { apiVersion: "v1", kind: "ConfigMap", metadata, data: { "collector.yaml": config, "pairs.yaml": PAIRS_CONFIG } },
    { apiVersion: "apps/v1", kind, metadata, spec },
    ...(service === undefined
      ? []
      : [
          {
            apiVersion: "v1",
            kind: "Service",
            metadata,
            spec: { selector: labels, ports: [{ port: OTLP_PORT }], ...service },
          },
        ]),
  ];
}

/** `helm upgrade --install` of the chart with this checkout's image; `values` as `--set-json`. */
export function installChart(bed: Bed, values: Readonly<Record<string, unknown>> = {}): Promise<CommandResult> {
  const all = {
    "image.registry": "localhost",
    "image.repository": "wirespan",
    "image.tag": "bed",
    "image.pullPolicy": "Never",
    ...values,
  };
  const set = Object.entries(all).flatMap(([name, value]) => ["--set-json", `${name}=${JSON.stringify(value)}`]);
  const command = ["upgrade", "--install", "wirespan", CHART, "--namespace", OBSERVABILITY, "--create-namespace"];
  return bed.helm(...command, ...set);
}

export async function podsOf(bed: Bed, namespace: string, selector: string): Promise<Pod[]> {
  const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=${encodeURIComponent(selector)}`;
  return (await bed.get<{ items: Pod[] }>(path)).items;
}

/** Edges that all Collectors together have counted. */
export async function collectorEdges(bed: Bed): Promise<CountedEdge[]> {
  const text = await fromCollectors(bed, PROMETHEUS_PORT);
  return countedEdges(parsePrometheusText(text));
}

/** A Collector's own counters whose names begin with this, of all Collectors together. */
export async function collectorCounter(bed: Bed, name: string): Promise<number> {
  const samples = parsePrometheusText(await fromCollectors(bed, TELEMETRY_PORT));
  return samples.filter((sample) => sample.name.startsWith(name)).reduce((sum, { value }) => sum + value, 0);
}

async function fromCollectors(bed: Bed, port: number): Promise<string> {
  const texts: string[] = [];
  for (const { status } of await podsOf(bed, OBSERVABILITY, "app=collector")) {
    const [container] = status.containerStatuses ?? [];
    if (container?.state.running !== undefined) texts.push(await bed.page(container.containerID, port, "/metrics"));
  }
  return texts.join("\n");
}
