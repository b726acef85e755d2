// export: the last stage for spans. Interactions come in one at a time; pairs of a CLIENT and a SERVER span go out in
// batches to an OpenTelemetry Collector. This file says what a pair is: the span contract, pure and without any SDK.

import { type End, type Interaction, isFailure } from "../../model/interaction.ts";
import { boundedText } from "../../text/bounded-text.ts";
import { type ResourceIdentity, resourceIdentity, type SpanAttributes } from "./resource-identity.ts";
import {
  ATTR_CLIENT_ADDRESS,
  ATTR_DNS_QUESTION_NAME,
  ATTR_ERROR_TYPE,
  ATTR_K8S_NODE_NAME,
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

/** A CLIENT and a SERVER span of one interaction: always queued, sent, dropped and retried together. */
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

export interface SpanPairOptions {
  /** Every Kubernetes node is a graph node of its own name. */
  readonly keepNodes: boolean;
  /** Trace for the client's graph node. */
  readonly traceIdFor: (clientKey: string) => string;
  /** A new span id. */
  readonly spanId: () => string;
  /** Connections that the pair stands for; 1 by default. */
  readonly count?: number;
}

type Attributes = Record<string, string | number | boolean>;

/** What both halves say: where the connection went, what became of it, and how it is known. */
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
  // A double, as Tempo wants it: 1/N is whole for N = 1 only.
  if (count > 1) attributes[ATTR_WIRESPAN_SPAN_MULTIPLIER] = 1 / count;
  return attributes;
}

function addPeerAddress(attributes: Attributes, peer: Interaction["clientAddress"]): void {
  if (peer === null) return;
  attributes[ATTR_NETWORK_PEER_ADDRESS] = peer.address;
  attributes[ATTR_NETWORK_PEER_PORT] = peer.port;
}

/** All nodes share one Resource, so which node it was stands on the span. */
function addNodeName(attributes: Attributes, end: End): void {
  if (end.type === "node") attributes[ATTR_K8S_NODE_NAME] = boundedText(end.name);
}

function clientAttributes(interaction: Interaction, count: number, server: ResourceIdentity): Attributes {
  const attributes = sharedAttributes(interaction, count);
  addPeerAddress(attributes, interaction.serverAddress);
  attributes[ATTR_PEER_SERVICE] = server.serviceName;
  attributes[ATTR_SERVICE_PEER_NAME] = server.serviceName;
  if (server.serviceNamespace !== null) attributes[ATTR_SERVICE_PEER_NAMESPACE] = server.serviceNamespace;
  addNodeName(attributes, interaction.client);
  return attributes;
}

function serverAttributes(interaction: Interaction, count: number): Attributes {
  const attributes = sharedAttributes(interaction, count);
  addPeerAddress(attributes, interaction.clientAddress);
  addNodeName(attributes, interaction.server);
  return attributes;
}

/** Year 2223; two of these still fit into uint64 nanoseconds. */
const MAX_MICROS = 8e15;

/** A time that a span may hold: not negative, not beyond what its encoding takes, 0 for what is no number. */
function clampMicros(micros: number): number {
  return micros > 0 ? Math.min(micros, MAX_MICROS) : 0;
}

/**
 * Makes the span pair of one interaction: the handshake as a call from client to server.
 * Both halves have the same times: first SYN to SYN-ACK or verdict, never the connection's lifetime.
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

/** The same pair, moved in time so that it ends at `endMicros`: what was recorded long ago is sent as if it were now. */
export function endingAt(pair: SpanPair, endMicros: number): SpanPair {
  const end = clampMicros(endMicros);
  return { ...pair, startMicros: clampMicros(end - (pair.endMicros - pair.startMicros)), endMicros: end };
}
