import type { Endpoint } from "./connection.ts";

/** What the pods of one owner have in common. */
export interface Workload {
  readonly type: "workload";
  readonly namespace: string;
  /** The owner's name. */
  readonly name: string;
  /** The owner's kind: Deployment, StatefulSet, CronJob, Pod, or a custom resource. */
  readonly kind: string;
  /** The name that the workload's own OpenTelemetry SDK would use. */
  readonly serviceName: string;
  /** `service.namespace`: the value of the annotation, or the Kubernetes namespace. */
  readonly serviceNamespace: string;
  readonly ownSpans: OwnSpans;
}

/** Whether a pod exports spans of its own, through an OpenTelemetry SDK, as far as its spec shows it. */
export const OWN_SPANS = ["sent", "not_sent", "unsaid"] as const;
export type OwnSpans = (typeof OWN_SPANS)[number];

/** Default ports of OTLP. https://opentelemetry.io/docs/specs/otlp/ */
export const OtlpPort = { grpc: 4317, http: 4318 } as const;
export const OTLP_PORTS: ReadonlySet<number> = new Set(Object.values(OtlpPort));

/** One end of an interaction. */
export type End =
  | Workload
  | { readonly type: "service"; readonly namespace: string; readonly name: string }
  | { readonly type: "node"; readonly name: string }
  | { readonly type: "external"; readonly name: string }
  | { readonly type: "unresolved"; readonly address: string };

/**
 * What shows an interaction, in the order in which it is listed. Nothing produces `socket` yet, for a connection that was
 * opened before its agent: graph files may have it, so that this version can read those of later ones.
 */
export const EVIDENCE = ["handshake", "lookup", "socket"] as const;
export type Evidence = (typeof EVIDENCE)[number];

/**
 * What many connections have in common: everything in an interaction except time, outcome and measurements. A stage keeps in it
 * what it knows of them, so that an interaction needs no look-up in its tables; it checks that what it finds is its own, and
 * still in use.
 */
export class KnownFlow {
  /** Kept by report: the table that remembers their edge, the row there, and the generation in which it was used last. */
  memory: object | null = null;
  memoryRow = 0;
  memoryTurn = 0;
  /** Kept by report: the rollout that counts their edge, the edge, and the generation in which it was used last. */
  rollout: object | null = null;
  rolloutEdge: object | null = null;
  rolloutTurn = 0;
  /** Kept by graph: the tables with the sums of their record, the rows there, and the record. */
  sums: object | null = null;
  sumsRow = 0;
  sumsStamp = 0;
  histogram = 0;
  record: object | null = null;
}

/**
 * How an end was found. `pod`, `node`, `service`: owner of the address. `host_pod`: a pod on the node's address, by its
 * port. `endpoint`: the Service that has the address as an endpoint, or was dialed. `name`: the name that the client had
 * looked up. `cidr`: a configured range. `outside`: no owner, outside the cluster. `unknown`: no owner, inside.
 */
export const END_RULES = [
  "pod",
  "host_pod",
  "node",
  "service",
  "endpoint",
  "api_server",
  "name",
  "cidr",
  "outside",
  "unknown",
] as const;
export type EndRule = (typeof END_RULES)[number];

/** How an interaction ended. `established` and `resolved` are successes. */
export const OUTCOMES = [
  "established",
  "resolved",
  "refused",
  "timed_out",
  "unreachable",
  "host_not_found",
  "try_again",
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Outcomes of an edge. `failed`: metrics count failures, and do not say how. */
export const EDGE_OUTCOMES = [...OUTCOMES, "failed"] as const;
export type EdgeOutcome = (typeof EDGE_OUTCOMES)[number];

/** One connection attempt or one lookup between two named ends. Unknown fields are null. */
export interface Interaction {
  /** Time of the first SYN or of the query, in microseconds since the Unix epoch. */
  readonly timeMicros: number;
  readonly evidence: Evidence;
  readonly outcome: Outcome;
  /** `error.type` of a failure; null on success. */
  readonly errorType: ErrorType | null;
  readonly client: End;
  readonly server: End;
  /** Where other interactions are like it; null: not known. */
  readonly flow?: KnownFlow | null;
  /** How each end was found; null if unknown. */
  readonly clientRule: EndRule | null;
  readonly serverRule: EndRule | null;
  /** Name of the pod of each end; null if the end has none, or it is unknown. */
  readonly clientPod: string | null;
  readonly serverPod: string | null;
  /** The Service that was dialed, `namespace/name`: by its address, node port or name; null if none. */
  readonly dialledService: string | null;
  /** The name that the client had looked up, in lower case, without the trailing dot; null without a lookup. */
  readonly name: string | null;
  /** End of the CNAME chain; null without one. */
  readonly canonicalName: string | null;
  /** Destination before NAT: what the client dialed. */
  readonly dialled: Endpoint | null;
  readonly clientAddress: Endpoint | null;
  /** Destination after NAT: the server. */
  readonly serverAddress: Endpoint | null;
  /** From the first SYN to the SYN-ACK, or to the verdict. */
  readonly durationMicros: number;
  readonly retries: number;
  /** From the answer with the name to the first SYN. */
  readonly nameAgeMicros: number | null;
  /** The node of the agent that saw it; null if the node is unknown. */
  readonly reporter: string | null;
}

export type ErrorType =
  | "connection_refused"
  | "timed_out"
  | "host_unreachable"
  | "network_unreachable"
  | "host_not_found"
  | "try_again";

/** Whether an outcome counts as a failed request. */
export function isFailure(outcome: EdgeOutcome): boolean {
  return outcome !== "established" && outcome !== "resolved";
}
