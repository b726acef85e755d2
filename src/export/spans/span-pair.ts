// export: the last stage for spans. It receives interactions, and sends pairs of a CLIENT and a SERVER span in batches to
// an OpenTelemetry Collector. This file defines the pair and its attributes, without any SDK.

import { type End, type Interaction, isFailure } from "../../model/interaction.ts";
import { boundedText } from "../../text/bounded-text.ts";
import { type ResourceIdentity, resourceIdentity, type SpanAttributes } from "./resource-identity.ts";
import {
  ATTR_CLIENT_ADDRESS,
  ATTR_DNS_QUESTION_NAME,
  ATTR_ERROR_TYPE,
  ATTR_K8S_NODE_NAME,
  ATTR_K8S_POD_NAME,
  ATTR_NETWORK_PEER_ADDRESS,
  ATTR_NETWORK_PEER_PORT,
  ATTR_NETWORK_TRANSPORT,
  ATTR_NETWORK_TYPE,
  ATTR_PEER_SERVICE,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
  ATTR_SERVICE_PEER_NAME,
  ATTR_SERVICE_PEER_NAMESPACE,
  ATTR_WIRESPAN_CANONICAL_NAME,
  ATTR_WIRESPAN_EVIDENCE,
  ATTR_WIRESPAN_NAME_AGE,
  ATTR_WIRESPAN_OUTCOME,
  ATTR_WIRESPAN_REPORTER,
  ATTR_WIRESPAN_RETRIES,
  ATTR_WIRESPAN_SPAN_MULTIPLIER,
  ATTR_WIRESPAN_SYNTHETIC,
  NETWORK_TRANSPORT_VALUE_TCP,
  NETWORK_TYPE_VALUE_IPV4,
  NETWORK_TYPE_VALUE_IPV6,
} from "./semconv.ts";

/** One half of a pair. `parentSpanId` is null on the CLIENT span and the CLIENT span's id on the SERVER span. */
export interface HalfSpan {
  readonly kind: "client" | "server";
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly resource: ResourceIdentity;
  readonly attributes: SpanAttributes;
}

/** The CLIENT and the SERVER span of one interaction: queued, sent, dropped and retried together. */
export interface SpanPair {
  readonly name: "tcp connect" | "dns lookup";
  readonly traceId: string;
  /** Microseconds since the Unix epoch, possibly with a fraction; `endMicros` ≥ `startMicros` ≥ 0. */
  readonly startMicros: number;
  readonly endMicros: number;
  readonly failed: boolean;
  readonly client: HalfSpan;
  readonly server: HalfSpan;
}

interface SpanPairOptions {
  /** Each Kubernetes node is a node of the graph. */
  readonly keepNodes: boolean;
  /** Trace id for a client of the graph. */
  readonly traceIdFor: (clientKey: string) => string;
  /** Returns a new span id. */
  readonly spanId: () => string;
  /** Connections that the pair represents; 1 by default. */
  readonly count?: number;
}

type Attributes = Record<string, string | number | boolean>;

/** The attributes of both spans: destination, outcome and evidence. */
function sharedAttributes(interaction: Interaction, count: number): Attributes {
  const { dialled, name } = interaction;
  const attributes: Attributes = {
    [ATTR_WIRESPAN_SYNTHETIC]: true,
    [ATTR_WIRESPAN_EVIDENCE]: interaction.evidence,
    [ATTR_WIRESPAN_OUTCOME]: interaction.outcome,
  };
  const serverAddress = name ?? dialled?.address;
  if (serverAddress !== undefined) attributes[ATTR_SERVER_ADDRESS] = boundedText(serverAddress);
  if (dialled !== null) attributes[ATTR_SERVER_PORT] = dialled.port;
  if (interaction.evidence === "lookup") {
    if (name !== null) attributes[ATTR_DNS_QUESTION_NAME] = boundedText(name);
  } else {
    attributes[ATTR_NETWORK_TRANSPORT] = NETWORK_TRANSPORT_VALUE_TCP;
  }
  const address = (interaction.serverAddress ?? dialled)?.address;
  if (address !== undefined) {
    attributes[ATTR_NETWORK_TYPE] = address.includes(":") ? NETWORK_TYPE_VALUE_IPV6 : NETWORK_TYPE_VALUE_IPV4;
  }
  if (isFailure(interaction.outcome)) attributes[ATTR_ERROR_TYPE] = interaction.errorType ?? interaction.outcome;
  if (interaction.clientAddress !== null) attributes[ATTR_CLIENT_ADDRESS] = interaction.clientAddress.address;
  if (interaction.canonicalName !== null) {
    attributes[ATTR_WIRESPAN_CANONICAL_NAME] = boundedText(interaction.canonicalName);
  }
  if (interaction.nameAgeMicros !== null) {
    attributes[ATTR_WIRESPAN_NAME_AGE] = Math.round(interaction.nameAgeMicros / 1000);
  }
  if (interaction.retries > 0) attributes[ATTR_WIRESPAN_RETRIES] = interaction.retries;
  if (interaction.reporter !== null) attributes[ATTR_WIRESPAN_REPORTER] = boundedText(interaction.reporter);
  // Tempo requires a double, and 1/N is an integer for N = 1 only.
  if (count > 1) attributes[ATTR_WIRESPAN_SPAN_MULTIPLIER] = 1 / count;
  return attributes;
}

function addPeerAddress(attributes: Attributes, peer: Interaction["clientAddress"]): void {
  if (peer === null) return;
  attributes[ATTR_NETWORK_PEER_ADDRESS] = peer.address;
  attributes[ATTR_NETWORK_PEER_PORT] = peer.port;
}

/** The pods of a workload share one Resource, and so do all Kubernetes nodes: the span has the name of the pod or node. */
function addInstanceName(attributes: Attributes, end: End, pod: string | null): void {
  if (end.type === "node") attributes[ATTR_K8S_NODE_NAME] = boundedText(end.name);
  if (pod !== null) attributes[ATTR_K8S_POD_NAME] = boundedText(pod);
}

function clientAttributes(interaction: Interaction, count: number, server: ResourceIdentity): Attributes {
  const attributes = sharedAttributes(interaction, count);
  addPeerAddress(attributes, interaction.serverAddress);
  attributes[ATTR_PEER_SERVICE] = server.serviceName;
  attributes[ATTR_SERVICE_PEER_NAME] = server.serviceName;
  if (server.serviceNamespace !== null) attributes[ATTR_SERVICE_PEER_NAMESPACE] = server.serviceNamespace;
  addInstanceName(attributes, interaction.client, interaction.clientPod);
  return attributes;
}

function serverAttributes(interaction: Interaction, count: number): Attributes {
  const attributes = sharedAttributes(interaction, count);
  addPeerAddress(attributes, interaction.clientAddress);
  addInstanceName(attributes, interaction.server, interaction.serverPod);
  return attributes;
}

/** Year 2223; twice this still fits into uint64 nanoseconds. */
const MAX_MICROS = 8e15;

/** Limits a time to the range that a span can encode; 0 for NaN. */
function clampMicros(micros: number): number {
  return micros > 0 ? Math.min(micros, MAX_MICROS) : 0;
}

/**
 * The span pair of one interaction: the handshake as a call from client to server.
 * Both spans have the same times: from the first SYN to the SYN-ACK or the failure, not the lifetime of the connection.
 */
export function toSpanPair(interaction: Interaction, options: SpanPairOptions): SpanPair {
  const client = resourceIdentity(interaction.client, options.keepNodes);
  const server = resourceIdentity(interaction.server, options.keepNodes);
  const count = options.count ?? 1;
  const startMicros = clampMicros(interaction.timeMicros);
  const clientSpanId = options.spanId();
  return {
    name: interaction.evidence === "lookup" ? "dns lookup" : "tcp connect",
    traceId: options.traceIdFor(client.key),
    startMicros,
    endMicros: startMicros + clampMicros(interaction.durationMicros),
    failed: isFailure(interaction.outcome),
    client: {
      kind: "client",
      spanId: clientSpanId,
      parentSpanId: null,
      resource: client,
      attributes: clientAttributes(interaction, count, server),
    },
    server: {
      kind: "server",
      spanId: options.spanId(),
      parentSpanId: clientSpanId,
      resource: server,
      attributes: serverAttributes(interaction, count),
    },
  };
}

/** The pair shifted in time to end at `endMicros`: a replay sends recorded pairs as current ones. */
export function endingAt(pair: SpanPair, endMicros: number): SpanPair {
  const end = clampMicros(endMicros);
  return { ...pair, startMicros: clampMicros(end - (pair.endMicros - pair.startMicros)), endMicros: end };
}
