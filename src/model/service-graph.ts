import type { Evidence, Outcome } from "./interaction.ts";

/** A node of the graph. Its namespace is null for Kubernetes nodes, external and unresolved ends. */
export interface GraphNode {
  /** Unique in a graph: `type/namespace/name`. */
  readonly id: string;
  readonly type: "workload" | "service" | "node" | "external" | "unresolved";
  readonly namespace: string | null;
  readonly name: string;
  /** Kind of the workload's owner; null for other types. */
  readonly kind: string | null;
  /** The Service does not exist: DNS did not find its name, and there was no other interaction with it. */
  readonly isMissing?: true;
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

export interface GraphEdge {
  /** `GraphNode.id` of both ends. */
  readonly client: string;
  readonly server: string;
  /** Interactions by outcome, including outcomes with 0. */
  readonly outcomes: Readonly<Record<Outcome, number>>;
  readonly dialledPorts: readonly number[];
  readonly servedPorts: readonly number[];
  /** Sorted by port, then outcome; only if several ports were dialed and connections failed. */
  readonly failedPorts?: readonly FailedPort[];
  readonly names: readonly string[];
  /** Microseconds since the Unix epoch. */
  readonly firstSeenMicros: number;
  readonly lastSeenMicros: number;
  readonly evidence: readonly Evidence[];
  readonly handshake: HandshakeQuantiles | null;
  /** Interactions without a span pair, since both ends export spans of their own. */
  readonly bothInstrumented: number;
}

/** Nodes sorted by id; edges by client, then server. */
export interface ServiceGraph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}
