import { EDGE_OUTCOMES } from "../../model/interaction.ts";
import type {
  EdgePart,
  EdgeSums,
  FailedPort,
  Flow,
  GraphEdge,
  HandshakeQuantiles,
  LatencyBuckets,
} from "../../model/service-graph.ts";
import { toSeconds } from "./seconds.ts";

// Each function lists the fields of a line in their order, so that a new field of the model does not change the format.

/** The sums, and what is needed to merge them: of the only part its instance and latency, otherwise all parts. */
export function edgeFields(edge: GraphEdge): object {
  const [only] = edge.parts;
  const isOne = only !== undefined && edge.parts.length === 1;
  return {
    client: edge.client,
    server: edge.server,
    ...sumFields(edge),
    instance: isOne ? only.instance : undefined,
    latency: isOne ? only.latency && latencyFields(only.latency) : undefined,
    parts: isOne ? undefined : edge.parts.map(partFields),
  };
}

function sumFields(sums: EdgeSums): object {
  return {
    outcomes: sums.outcomes,
    dialledPorts: sums.dialledPorts,
    servedPorts: sums.servedPorts,
    failedPorts: some(sums.failedPorts.map(failedPortFields)),
    names: sums.names,
    flows: sums.flows.map(flowFields),
    flowsOmitted: sums.flowsOmitted,
    addresses: sums.addresses,
    addressesOmitted: sums.addressesOmitted,
    clientRules: sums.clientRules,
    serverRules: sums.serverRules,
    firstSeen: toSeconds(sums.firstSeenMicros),
    lastSeen: toSeconds(sums.lastSeenMicros),
    evidence: sums.evidence,
    handshakeMs: sums.handshake && quantileFields(sums.handshake),
    bothInstrumented: sums.bothInstrumented,
  };
}

/** Without lists that are empty and counts of 0; quantiles follow from the latency. */
function partFields(part: EdgePart): object {
  const { latency, handshake } = part;
  const outcomes = EDGE_OUTCOMES.filter((outcome) => (part.outcomes[outcome] ?? 0) > 0);
  return {
    instance: part.instance,
    outcomes: Object.fromEntries(outcomes.map((outcome) => [outcome, part.outcomes[outcome]])),
    dialledPorts: some(part.dialledPorts),
    servedPorts: some(part.servedPorts),
    failedPorts: some(part.failedPorts.map(failedPortFields)),
    names: some(part.names),
    flows: some(part.flows.map(flowFields)),
    addresses: some(part.addresses),
    addressesOmitted: part.addressesOmitted || undefined,
    clientRules: some(part.clientRules),
    serverRules: some(part.serverRules),
    firstSeen: toSeconds(part.firstSeenMicros),
    lastSeen: toSeconds(part.lastSeenMicros),
    evidence: some(part.evidence),
    handshakeMs: latency === null && handshake !== null ? quantileFields(handshake) : undefined,
    bothInstrumented: part.bothInstrumented || undefined,
    latency: latency === null ? undefined : latencyFields(latency),
  };
}

function flowFields(flow: Flow): object {
  return {
    dialledPort: flow.dialledPort,
    servedPort: flow.servedPort,
    service: flow.service,
    name: flow.name,
    count: flow.count,
    failed: flow.failed,
    firstSeen: toSeconds(flow.firstSeenMicros),
    lastSeen: toSeconds(flow.lastSeenMicros),
  };
}

function failedPortFields({ port, outcome, count }: FailedPort): object {
  return { port, outcome, count };
}

function quantileFields({ p50, p90, p99 }: HandshakeQuantiles): object {
  return { p50, p90, p99 };
}

function latencyFields({ min, max, buckets }: LatencyBuckets): object {
  return { min, max, buckets };
}

function some<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list;
}
