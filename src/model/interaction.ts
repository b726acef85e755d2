import type { Endpoint } from "./connection.ts";

/** A thing that runs: what the pods of one owner have in common. */
export interface Workload {
  readonly type: "workload";
  readonly namespace: string;
  /** The owner's name. */
  readonly name: string;
  /** The owner's kind: Deployment, StatefulSet, CronJob, Pod, or a custom kind. */
  readonly kind: string;
  /** The name that the workload's own OpenTelemetry SDK would use. */
  readonly serviceName: string;
  /** `service.namespace`: the annotation's value, else the Kubernetes namespace. */
  readonly serviceNamespace: string;
  readonly ownSpans: OwnSpans;
}

/** What a pod's spec says of spans that it sends itself, through an OpenTelemetry SDK: most say nothing. */
export type OwnSpans = "sent" | "not_sent" | "unsaid";

/** Default ports of OTLP over gRPC and over HTTP. https://opentelemetry.io/docs/specs/otlp/ */
export const OTLP_PORTS: ReadonlySet<number> = new Set([4317, 4318]);

/** One end of an interaction. Unknown is a value. */
export type End =
  | Workload
  | { readonly type: "service"; readonly namespace: string; readonly name: string }
  | { readonly type: "node"; readonly name: string }
  | { readonly type: "external"; readonly name: string }
  | { readonly type: "unresolved"; readonly address: string };

export type Evidence = "handshake" | "lookup" | "socket";

/** How an interaction ended. A closed list; success is `established` and `resolved`. */
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

/**
 * One connection attempt or one lookup between two named ends: what is drawn, sent and listed.
 * Unknown fields are null, never absent.
 */
export interface Interaction {
  /** First SYN, or the query. Microseconds since the Unix epoch. */
  readonly timeMicros: number;
  readonly evidence: Evidence;
  readonly outcome: Outcome;
  /** `error.type` of a failure; null on success. */
  readonly errorType: ErrorType | null;
  readonly client: End;
  readonly server: End;
  /** The question that the client had asked, case-folded, without trailing dot; null when it had asked nothing. */
  readonly name: string | null;
  /** End of the CNAME chain; null without one. */
  readonly canonicalName: string | null;
  /** Destination before NAT: what the client dialled. */
  readonly dialled: Endpoint | null;
  readonly clientAddress: Endpoint | null;
  /** Destination after NAT: the server. */
  readonly serverAddress: Endpoint | null;
  /** First SYN to SYN-ACK, or to the verdict. */
  readonly durationMicros: number;
  readonly retries: number;
  /** From the answer that gave the name to the first SYN. */
  readonly nameAgeMicros: number | null;
  /** Node whose agent saw it; null where no node was given. */
  readonly reporter: string | null;
}

export type ErrorType =
  | "connection_refused"
  | "timed_out"
  | "host_unreachable"
  | "network_unreachable"
  | "host_not_found"
  | "try_again";

/** Whether an outcome is drawn as a failed request. */
export function isFailure(outcome: Outcome): boolean {
  return outcome !== "established" && outcome !== "resolved";
}
