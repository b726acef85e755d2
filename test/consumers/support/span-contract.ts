// What docs/reference/spans.md promises of every span, checked on what a Collector received, in words of its own: nothing
// here comes from the exporter.
import type { ReceivedSpan } from "./otlp-requests.ts";

const SERVER = 2;
const CLIENT = 3;
const UNSET = 0;
const ERROR = 2;
const MAX_PAIRS = 500;
const MAX_OPEN_HALVES = 5;
const MAX_TRACE_PAIRS = 1_000;

const ERROR_TYPES: Readonly<Record<string, readonly string[]>> = {
  established: [],
  resolved: [],
  refused: ["connection_refused"],
  timed_out: ["timed_out"],
  unreachable: ["host_unreachable", "network_unreachable"],
  host_not_found: ["host_not_found"],
  try_again: ["try_again"],
};

/** Attributes of the observed end only: whatever an SDK adds of its own process is not among them. */
const RESOURCE =
  /^(service\.(name|namespace)|k8s\.(namespace|deployment|statefulset|daemonset|cronjob|job|replicaset|replicationcontroller|pod|service|node)\.name)$/;

/** Sentences of what is wrong with one span by itself. */
function spanBreaches(span: ReceivedSpan): string[] {
  const { attributes, resource, scope } = span;
  const outcome = String(attributes["wirespan.outcome"]);
  const errorTypes = ERROR_TYPES[outcome];
  const isConnection = span.name === "tcp connect";
  const has = (key: string, type: "string" | "number" | "boolean") => typeof attributes[key] === type;
  const isV6 = String(attributes["network.peer.address"] ?? attributes["client.address"]).includes(":");
  const rules: readonly (readonly [boolean, string])[] = [
    [span.kind === CLIENT || span.kind === SERVER, `has kind ${span.kind}`],
    [/^[0-9a-f]{32}$/.test(span.traceId) && !/^0+$/.test(span.traceId), "has no trace id"],
    [/^[0-9a-f]{16}$/.test(span.spanId) && !/^0+$/.test(span.spanId), "has no span id"],
    [["tcp connect", "dns lookup"].includes(span.name), `is called ${span.name}`],
    [scope.name === "wirespan" && scope.version !== "", `has the scope ${scope.name} ${scope.version}`],
    [span.startNanos > 0n && span.endNanos >= span.startNanos, "ends before it starts"],
    [typeof resource["service.name"] === "string" && resource["service.name"] !== "", "has no service.name"],
    [Object.keys(resource).every((key) => RESOURCE.test(key)), `has resource ${Object.keys(resource).join(" ")}`],
    [![...Object.keys(resource), ...Object.keys(attributes)].some((key) => key.startsWith("db.")), "has db attributes"],
    [errorTypes !== undefined, `has the outcome ${outcome}`],
    [span.status === ((errorTypes?.length ?? 0) > 0 ? ERROR : UNSET), `has status ${span.status} for ${outcome}`],
    [
      errorTypes?.length === 0
        ? attributes["error.type"] === undefined
        : errorTypes?.includes(String(attributes["error.type"])) === true,
      `has error.type ${attributes["error.type"]} for ${outcome}`,
    ],
    [attributes["wirespan.synthetic"] === true, "is not marked as synthetic"],
    [attributes["wirespan.evidence"] === (isConnection ? "handshake" : "lookup"), "has the wrong evidence"],
    [has("server.address", "string") && has("client.address", "string"), "lacks an address"],
    [isConnection === has("server.port", "number"), "has a port without a connection, or none with one"],
    [isConnection === (attributes["network.transport"] === "tcp"), "has the wrong transport"],
    [isConnection !== has("dns.question.name", "string"), "has no question, or one of a connection"],
    [!isConnection || attributes["network.type"] === (isV6 ? "ipv6" : "ipv4"), "has the wrong network.type"],
    [!isConnection || has("network.peer.port", "number"), "lacks network.peer.port"],
  ];
  return rules.filter(([isKept]) => !isKept).map(([, breach]) => breach);
}

/** Sentences of what is wrong with both halves as a pair. */
function pairBreaches(client: ReceivedSpan, server: ReceivedSpan): string[] {
  const shared = ["server.address", "server.port", "client.address", "error.type", "wirespan.outcome"];
  const { attributes } = client;
  const rules: readonly (readonly [boolean, string])[] = [
    [client.kind === CLIENT && client.parentSpanId === "", "the parent is no CLIENT span without a parent"],
    [client.traceId === server.traceId, "halves are in two traces"],
    [client.startNanos === server.startNanos && client.endNanos === server.endNanos, "halves differ in time"],
    [client.name === server.name && client.status === server.status, "halves differ in name or status"],
    [shared.every((key) => attributes[key] === server.attributes[key]), "halves differ in what they share"],
    [attributes["peer.service"] === server.resource["service.name"], "peer.service is not the server"],
    [attributes["service.peer.name"] === server.resource["service.name"], "service.peer.name is not the server"],
    [
      attributes["service.peer.namespace"] === server.resource["service.namespace"],
      "service.peer.namespace is not the server's",
    ],
    [server.attributes["peer.service"] === undefined, "the SERVER span has a peer.service"],
    [
      server.attributes["network.peer.address"] === server.attributes["client.address"],
      "the SERVER span's peer is not the client",
    ],
  ];
  return rules.filter(([isKept]) => !isKept).map(([, breach]) => breach);
}

export interface ReceivedPair {
  readonly client: ReceivedSpan;
  readonly server: ReceivedSpan;
}

/** The pairs of one request, and what is wrong with it as a whole. */
function pairsOf(request: readonly ReceivedSpan[]): { pairs: ReceivedPair[]; breaches: string[] } {
  const breaches: string[] = [];
  const open = new Map<string, ReceivedSpan>();
  const pairs: ReceivedPair[] = [];
  for (const span of request) {
    if (span.kind === CLIENT) open.set(span.spanId, span);
    if (open.size > MAX_OPEN_HALVES) breaches.push(`a request has ${open.size} halves open at once`);
    if (span.kind !== SERVER) continue;
    const client = open.get(span.parentSpanId);
    open.delete(span.parentSpanId);
    if (client === undefined) breaches.push("a SERVER span comes without its CLIENT span before it in one request");
    else pairs.push({ client, server: span });
  }
  if (open.size > 0) breaches.push(`a request has ${open.size} CLIENT spans without their SERVER spans`);
  if (pairs.length > MAX_PAIRS) breaches.push(`a request has ${pairs.length} pairs`);
  return { pairs, breaches };
}

export interface Inspection {
  readonly pairs: readonly ReceivedPair[];
  /** A sentence each; empty when every promise is kept. */
  readonly breaches: readonly string[];
}

/** Holds everything that was received against the contract. */
export function inspect(requests: readonly (readonly ReceivedSpan[])[]): Inspection {
  const breaches = new Set<string>();
  const pairs: ReceivedPair[] = [];
  const spanIds = new Set<string>();
  const traces = new Map<string, { clients: Set<string>; pairs: number }>();
  for (const request of requests) {
    const ofRequest = pairsOf(request);
    for (const breach of ofRequest.breaches) breaches.add(breach);
    for (const span of request) {
      for (const breach of spanBreaches(span)) breaches.add(`a span ${breach}`);
      if (spanIds.has(span.spanId)) breaches.add("a span id comes twice");
      spanIds.add(span.spanId);
    }
    for (const pair of ofRequest.pairs) {
      for (const breach of pairBreaches(pair.client, pair.server)) breaches.add(breach);
      const trace = traces.get(pair.client.traceId) ?? { clients: new Set(), pairs: 0 };
      traces.set(pair.client.traceId, trace);
      trace.pairs++;
      const { "service.name": name, "service.namespace": namespace } = pair.client.resource;
      trace.clients.add(`${namespace}/${name}`);
      pairs.push(pair);
    }
  }
  for (const { clients, pairs } of traces.values()) {
    if (clients.size > 1) breaches.add("a trace has several clients");
    if (pairs > MAX_TRACE_PAIRS) breaches.add(`a trace has ${pairs} pairs`);
  }
  return { pairs, breaches: [...breaches] };
}
