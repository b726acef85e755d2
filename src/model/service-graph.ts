import type { EndRule, Evidence, Outcome, OwnSpans } from "./interaction.ts";

/** What one run of an agent, or one recording, observed. Each run has an instance of its own. */
export interface Observation {
  /** Unique; the same recording has the same instance whenever it is read. */
  readonly instance: string;
  /** The Kubernetes node; null if unknown. */
  readonly node: string | null;
  /** Microseconds since the Unix epoch. */
  readonly fromMicros: number;
  readonly toMicros: number;
  /** Lost packets divided by all packets, 0 to 1; null if unknown. */
  readonly lossRatio: number | null;
  /** What it lacks, a sentence each, sorted; absent if nothing. A later state of the instance replaces it. */
  readonly incomplete?: readonly string[];
  /** Options that selected the edges which are there, sorted; absent if all are. */
  readonly selected?: readonly string[];
}

export type Labels = Readonly<Record<string, string>>;

export interface WorkloadPort {
  readonly name: string | null;
  readonly port: number;
}

export interface PodCounts {
  readonly total: number;
  readonly ready: number;
}

/** The pods of a workload at one moment. */
interface PodSummary extends PodCounts {
  /** By Kubernetes node, sorted; pods without a node are only in the totals. */
  readonly byNode: Readonly<Record<string, PodCounts>>;
}

/**
 * What named a workload: a variable or annotation of its pods, their labels (opt-in), their owner, or the pod itself,
 * in the order in which they count.
 */
export const NAME_RULES = [
  "OTEL_SERVICE_NAME",
  "OTEL_RESOURCE_ATTRIBUTES",
  "annotation",
  "labels",
  "owner",
  "pod",
] as const;
export type NameRule = (typeof NAME_RULES)[number];

/** What Kubernetes says about a workload. */
export interface WorkloadDescription {
  /** When it was so, in microseconds since the Unix epoch. */
  readonly atMicros: number;
  /** The Kubernetes node whose pods are counted; null: pods of the whole cluster. */
  readonly scope: string | null;
  /** Owners of the pods, sorted; several if their pods have one service name. */
  readonly owners: readonly { readonly kind: string; readonly name: string }[];
  /** `matchLabels` that select the pods; null if unknown, or if there are several owners. */
  readonly selector: Labels | null;
  /** `owner`: from the owner's spec. `pods`: labels that all pods share, without those of one revision or pod. */
  readonly selectorFrom: "owner" | "pods" | null;
  /** Labels that all pods share. */
  readonly labels: Labels;
  /** Other labels that some pods have, or all with different values: their names, sorted; at most 100. */
  readonly differingLabels: readonly string[];
  /** TCP container ports, sorted by port, then name. */
  readonly ports: readonly WorkloadPort[];
  readonly pods: PodSummary;
  readonly ownSpans: OwnSpans;
  readonly hostNetwork: boolean;
  /** `spec.schedule` of a CronJob; null for others, or if unknown. */
  readonly schedule: string | null;
  /** Sorted; several if the pods differ. */
  readonly namedBy: readonly NameRule[];
  /** Of the program, in lower case, as command, variables and image hint at it; null if unknown, or if the pods differ. */
  readonly language: string | null;
}

/** What Kubernetes says about a Service. */
export interface ServiceDescription {
  readonly atMicros: number;
  /** Null without a selector. */
  readonly selector: Labels | null;
  /** `None` for a headless Service. */
  readonly clusterIPs: readonly string[];
  readonly type: string;
  readonly externalTrafficPolicy: string | null;
  /** `spec.loadBalancerSourceRanges`. */
  readonly sourceRanges: readonly string[];
  /** TCP ports; `targetPort` is a number or the name of a container port. */
  readonly ports: readonly {
    readonly name: string | null;
    readonly port: number;
    readonly targetPort: number | string;
    readonly nodePort: number | null;
  }[];
}

/** A DNS server that a workload sent queries to. */
export interface ResolverUse {
  readonly address: string;
  readonly port: number;
  readonly transport: "udp" | "tcp";
  /** `GraphNode.id` of the server; null if unknown. */
  readonly end: string | null;
}

export const NODE_TYPES = ["workload", "service", "node", "external", "unresolved"] as const;

/**
 * A node of the graph. Its namespace is null for Kubernetes nodes, external and unresolved ends. A node without an edge
 * was not seen in traffic; renderers leave it out.
 */
export interface GraphNode {
  /** Unique in a graph: `type/namespace/name`. */
  readonly id: string;
  readonly type: (typeof NODE_TYPES)[number];
  readonly namespace: string | null;
  readonly name: string;
  /** Kind of the workload's owner; null for other types. */
  readonly kind: string | null;
  /** The Service does not exist: DNS did not find its name, and there was no other interaction with it. */
  readonly isMissing?: true;
  /** One for each scope, sorted by scope, the whole cluster first; absent for other types, or if nothing is known. */
  readonly workload?: readonly WorkloadDescription[];
  readonly service?: ServiceDescription;
  /** Pods that started after the observation of their node began, by instance: no connection of theirs was missed. */
  readonly seenFromBirth?: Readonly<Record<string, number>>;
  /** Sorted by address, port, transport; at most 100. */
  readonly resolvers?: readonly ResolverUse[];
}

/** Handshake durations of the established connections of one edge, in milliseconds. */
export interface HandshakeQuantiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

/** How many connections to one dialed port failed with one outcome. */
export interface FailedPort {
  readonly port: number;
  readonly outcome: Outcome;
  readonly count: number;
}

/** Interactions of one edge that have ports, Service and name in common. Lookups without connection have no ports. */
export interface Flow {
  readonly dialledPort: number | null;
  readonly servedPort: number | null;
  /** The dialed Service, `namespace/name`; null if none. */
  readonly service: string | null;
  /** The name that the client had looked up; null if none. */
  readonly name: string | null;
  /** All interactions, including failed ones. */
  readonly count: number;
  readonly failed: number;
  readonly firstSeenMicros: number;
  readonly lastSeenMicros: number;
}

/** Interactions by outcome, including outcomes with 0, except for `failed`. */
export type OutcomeCounts = Readonly<Record<Outcome, number>> & {
  /** Failures of an unknown kind, of a graph from metrics. */
  readonly failed?: number;
};

/** Sums of the interactions of one edge. */
export interface EdgeSums {
  readonly outcomes: OutcomeCounts;
  readonly dialledPorts: readonly number[];
  readonly servedPorts: readonly number[];
  /** Sorted by port, then outcome; empty if no connection failed. */
  readonly failedPorts: readonly FailedPort[];
  readonly names: readonly string[];
  /** Sorted by ports, Service and name, null first; at most 100. */
  readonly flows: readonly Flow[];
  /** Interactions of flows beyond the maximum: together with those of `flows` they add up to `outcomes`. */
  readonly flowsOmitted: number;
  /**
   * Addresses of the end that is not a pod with an address of its own: of the client, or if it is one, of the server.
   * Sorted; at most 100.
   */
  readonly addresses: readonly string[];
  /** Interactions with addresses beyond the maximum; in a merged graph a lower bound. */
  readonly addressesOmitted: number;
  /** How the ends were found, in the order of END_RULES. */
  readonly clientRules: readonly EndRule[];
  readonly serverRules: readonly EndRule[];
  /** Microseconds since the Unix epoch. */
  readonly firstSeenMicros: number;
  readonly lastSeenMicros: number;
  readonly evidence: readonly Evidence[];
  readonly handshake: HandshakeQuantiles | null;
  /** Interactions without a span pair, since both ends export spans of their own. */
  readonly bothInstrumented: number;
}

/** A latency histogram. Its buckets are those of `graph/latency-buckets`. */
export interface LatencyBuckets {
  /** Bucket, count, bucket, count, …; sorted by bucket, without counts of 0. */
  readonly buckets: readonly number[];
  /** The exact extremes, in microseconds. */
  readonly min: number;
  readonly max: number;
}

/** The share of one instance in an edge. */
export interface EdgePart extends EdgeSums {
  readonly instance: string;
  /** Null without established connections, or if only quantiles are known. */
  readonly latency: LatencyBuckets | null;
}

/** The sums of all parts. */
export interface GraphEdge extends EdgeSums {
  /** `GraphNode.id` of both ends. */
  readonly client: string;
  readonly server: string;
  /** Sorted by instance; at least one. */
  readonly parts: readonly EdgePart[];
}

/** A service graph, of one run or merged from several. Nodes are sorted by id; edges by client, then server. */
export interface ServiceGraph {
  /** `k8s.cluster.name`; null if unknown. */
  readonly cluster: string | null;
  /** What is missing, one sentence each, sorted, with what its observations lack; empty if the graph is complete. */
  readonly incomplete: readonly string[];
  /** Sorted by instance. */
  readonly observed: readonly Observation[];
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

/** A graph whose edges may be made while they are read, once. */
export interface StreamedGraph extends Omit<ServiceGraph, "edges"> {
  readonly edges: Iterable<GraphEdge>;
}
