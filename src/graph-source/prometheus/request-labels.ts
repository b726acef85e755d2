import { makeNode } from "../../graph/graph-nodes.ts";
import type { GraphNode } from "../../model/service-graph.ts";

type Labels = Readonly<Record<string, string>>;

/** What writes a series. The connector of a Collector labels each with `failed`, Tempo does not. */
export type Producer = "collector" | "tempo";

/** What the labels of a series of `traces_service_graph_request_…` say. */
export interface RequestLabels {
  readonly name: string;
  readonly client: GraphNode;
  readonly server: GraphNode;
  readonly producer: Producer;
  /** The process that counts: its series are written together, and reset together. */
  readonly origin: string;
  /** Equal for two Prometheus servers that scrape the same process. */
  readonly key: string;
  /** Upper bound of a histogram's bucket; null for others. */
  readonly bound: number | null;
  readonly cluster: string | null;
}

/** Labels of two Prometheus servers that scrape the same targets: https://prometheus-operator.dev */
const REPLICAS = new Set(["prometheus_replica", "__replica__"]);
const EDGE_LABEL = /^(client|server)(_|$)|^(__name__|connection_type|failed|virtual_node|le)$/;

/** Null without client and server. */
export function readRequestLabels(labels: Labels): RequestLabels | null {
  const [client, server] = [nodeOf("client", labels), nodeOf("server", labels)];
  if (client === null || server === null) return null;
  const kept = Object.entries(labels)
    .filter(([name]) => !REPLICAS.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const bound = labels.le === undefined ? null : Number(labels.le.replace("+Inf", "Infinity"));
  return {
    name: labels.__name__ ?? "",
    client,
    server,
    producer: labels.failed === undefined ? "tempo" : "collector",
    origin: JSON.stringify(kept.filter(([name]) => !EDGE_LABEL.test(name))),
    key: JSON.stringify(kept),
    bound,
    cluster: labels.client_k8s_cluster_name ?? labels.k8s_cluster_name ?? null,
  };
}

/** Dimensions that show a workload's kind, if the connector has them. */
const KINDS: readonly (readonly [label: string, kind: string])[] = [
  ["k8s_deployment_name", "Deployment"],
  ["k8s_statefulset_name", "StatefulSet"],
  ["k8s_daemonset_name", "DaemonSet"],
  ["k8s_cronjob_name", "CronJob"],
  ["k8s_job_name", "Job"],
  ["k8s_replicaset_name", "ReplicaSet"],
  ["k8s_replicationcontroller_name", "ReplicationController"],
  ["k8s_pod_name", "Pod"],
];

/**
 * With a namespace it is a workload or a Service: without the dimension k8s.service.name a Service counts as a workload.
 * Without one it is a node, an unresolved address or external, by the names that span pairs have.
 */
function nodeOf(side: "client" | "server", labels: Labels): GraphNode | null {
  const name = labels[side];
  if (name === undefined || name === "") return null;
  const dimension = (key: string): string | null => labels[`${side}_${key}`] || null;
  const namespace = dimension("k8s_namespace_name") ?? dimension("service_namespace");
  if (namespace === null) {
    if (name === "node" || dimension("k8s_node_name") !== null) return makeNode("node", null, name);
    return makeNode(name === "unresolved" ? "unresolved" : "external", null, name);
  }
  if (dimension("k8s_service_name") !== null) return makeNode("service", namespace, name);
  const kind = KINDS.find(([label]) => dimension(label) !== null)?.[1] ?? null;
  return makeNode("workload", namespace, name, kind);
}
