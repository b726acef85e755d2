// How far along tracing is on an edge: one rule for the agent's metrics and for `wirespan rollout`.
import { OtlpPort, type OwnSpans } from "../model/interaction.ts";
import { infrastructureOf } from "./infrastructure.ts";

/** `receives`: a Collector, which passes on the spans of others. */
export type SpanRole = "sends" | "receives" | "none";

/** What was observed of a workload: spans came to it, or went from it to a Collector. */
interface ObservedSpans {
  readonly received: boolean;
  readonly sent: boolean;
}

/**
 * What a workload does with spans. A Collector passes on those of others, and a DaemonSet those of the node's pods,
 * whatever its spec says: neither sends spans of its own.
 */
export function spanRole(kind: string | null, ownSpans: OwnSpans, observed: ObservedSpans): SpanRole {
  if (observed.received) return "receives";
  if (ownSpans === "not_sent" || kind === "DaemonSet") return "none";
  return ownSpans === "sent" || observed.sent ? "sends" : "none";
}

/**
 * What a connection to these ports transports: `otlp`; `spans` in another protocol, which is proof only where the server
 * also receives OTLP; null: anything.
 */
export function spanPorts(dialledPort: number | null, servedPort: number | null): "otlp" | "spans" | null {
  if (isOtlp(dialledPort) || isOtlp(servedPort)) return "otlp";
  return isOtherSpanPort(dialledPort) || isOtherSpanPort(servedPort) ? "spans" : null;
}

function isOtlp(port: number | null): boolean {
  return port === OtlpPort.grpc || port === OtlpPort.http;
}

/** Zipkin, Jaeger over gRPC and HTTP, OpenCensus. */
function isOtherSpanPort(port: number | null): boolean {
  return port === 9411 || port === 14250 || port === 14268 || port === 55678;
}

/** An end of an edge, with all that is known about it. */
export interface TracedEnd {
  readonly type: string;
  /** Its name in spans. */
  readonly name: string;
  /** Where it was seen listening, by any client. */
  readonly servedPorts: ReadonlySet<number>;
  readonly role: SpanRole;
}

/** Why the spans of others show it; null if they do not. */
export function shownByOthers({ name, servedPorts, role }: TracedEnd): string | null {
  return role === "receives" ? "Collector (receives OTLP)" : infrastructureOf(name, servedPorts);
}

/** Whether an edge is complete only with spans of this end. Ends outside the cluster, Services and Kubernetes nodes have none. */
export function needsSpans(end: TracedEnd): boolean {
  return end.type === "workload" && shownByOthers(end) === null;
}

/**
 * `synthetic`: no end that needs spans sends any, only wirespan shows the edge. `half`: one of two does. `instrumented`: every
 * one does.
 */
export type TracingState = "synthetic" | "half" | "instrumented";

/** Of an edge; null: no end needs spans. `needs`: `needsSpans`, or what it has returned for each end. */
export function tracingState<E extends TracedEnd>(
  client: E,
  server: E,
  needs: (end: E) => boolean = needsSpans,
): TracingState | null {
  const needsClient = needs(client);
  const needsServer = needs(server);
  if (!needsClient && !needsServer) return null;
  const hasClient = needsClient && client.role === "sends";
  const hasServer = needsServer && server.role === "sends";
  if (hasClient === needsClient && hasServer === needsServer) return "instrumented";
  return hasClient || hasServer ? "half" : "synthetic";
}
