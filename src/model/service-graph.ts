import type { Evidence, Outcome } from "./interaction.ts";

/** A node of the graph: (type, namespace, service name). Namespace is null for nodes, external and unresolved ends. */
export interface GraphNode {
  /** Stable key inside one graph: `type/namespace/name`. */
  readonly id: string;
  readonly type: "workload" | "service" | "node" | "external" | "unresolved";
  readonly namespace: string | null;
  readonly name: string;
  /** Owner's kind for workloads, null otherwise. */
  readonly kind: string | null;
  /** Of a Service that does not exist: DNS did not find its name, and no other interaction was with it. */
  readonly isMissing?: true;
}

/** Handshake durations of the established connections of one edge, in milliseconds. */
export interface HandshakeQuantiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

/** How often connections to one dialled port failed in one way. */
export interface FailedPort {
  readonly port: number;
  readonly outcome: Outcome;
  readonly count: number;
}

export interface GraphEdge {
  /** `GraphNode.id` of both ends. */
  readonly client: string;
  readonly server: string;
  /** Interactions by outcome; every outcome stands here, 0 where there was none. */
  readonly outcomes: Readonly<Record<Outcome, number>>;
  readonly dialledPorts: readonly number[];
  readonly servedPorts: readonly number[];
  /** By port, then outcome; only where several ports were dialled and connections failed. */
  readonly failedPorts?: readonly FailedPort[];
  readonly names: readonly string[];
  /** Microseconds since the Unix epoch. */
  readonly firstSeenMicros: number;
  readonly lastSeenMicros: number;
  readonly evidence: readonly Evidence[];
  readonly handshake: HandshakeQuantiles | null;
  /** Interactions of which no span pair is made, since both ends send spans of their own. */
  readonly bothInstrumented: number;
}

/** Nodes sorted by id; edges by client, then server. */
export interface ServiceGraph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}
