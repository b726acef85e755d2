import { END_RULES, EVIDENCE, OUTCOMES } from "../../model/interaction.ts";
import type {
  EdgePart,
  FailedPort,
  Flow,
  GraphEdge,
  HandshakeQuantiles,
  LatencyBuckets,
} from "../../model/service-graph.ts";
import { MAX_VALUES } from "../bounds.ts";
import { edgeOf, flowsOmittedOf, outcomeCounts } from "../edge-sums.ts";
import { MAX_BUCKET, quantilesOf } from "../latency-buckets.ts";
import { compareText } from "../order.ts";
import {
  countOf,
  Damage,
  type Fields,
  fieldsOf,
  listOf,
  numberOf,
  objectsOf,
  oneOf,
  portOf,
  portOrNull,
  portsOf,
  someOf,
  textOf,
  textOrNull,
  textsOf,
  timeOf,
} from "./fields.ts";
import type { SharedValues } from "./shared-values.ts";

/** An edge of a graph file. Its sums are computed from its parts. Throws Damage. */
export function readEdge(fields: Fields, shared: SharedValues): GraphEdge {
  const client = textOf(fields, "client", shared.text);
  const server = textOf(fields, "server", shared.text);
  if (fields.parts === undefined) return edgeOf(client, server, [readPart(fields, shared)]);
  const parts = objectsOf(fields, "parts", (part) => readPart(part, shared));
  if (parts.length === 0) throw new Damage("parts is empty");
  const isSorted = parts.every((part, i) => i === 0 || compareText(parts[i - 1]?.instance ?? "", part.instance) < 0);
  if (!isSorted) throw new Damage("parts are not sorted by instance");
  return edgeOf(client, server, parts);
}

function readPart(fields: Fields, shared: SharedValues): EdgePart {
  const counts = fieldsOf(fields.outcomes, "outcomes");
  const outcomes = outcomeCounts((outcome) => countOf(counts, outcome), countOf(counts, "failed"));
  const flows = objectsOf(fields, "flows", (flow) => readFlow(flow, shared), MAX_VALUES);
  const latency = fields.latency == null ? null : readLatency(fieldsOf(fields.latency, "latency"));
  return {
    instance: textOf(fields, "instance", shared.text),
    outcomes,
    dialledPorts: shared.list(portsOf(fields, "dialledPorts", MAX_VALUES)),
    servedPorts: shared.list(portsOf(fields, "servedPorts", MAX_VALUES)),
    failedPorts: shared.list(objectsOf(fields, "failedPorts", readFailedPort)),
    names: shared.list(textsOf(fields, "names", shared.text, MAX_VALUES)),
    flows: shared.list(flows),
    flowsOmitted: flowsOmittedOf({ outcomes, flows }),
    addresses: shared.list(textsOf(fields, "addresses", shared.text, MAX_VALUES)),
    addressesOmitted: countOf(fields, "addressesOmitted"),
    clientRules: shared.list(someOf(fields, "clientRules", END_RULES)),
    serverRules: shared.list(someOf(fields, "serverRules", END_RULES)),
    firstSeenMicros: timeOf(fields, "firstSeen"),
    lastSeenMicros: timeOf(fields, "lastSeen"),
    evidence: shared.list(someOf(fields, "evidence", EVIDENCE)),
    handshake: latency === null ? readQuantiles(fields.handshakeMs) : quantilesOf(latency),
    bothInstrumented: countOf(fields, "bothInstrumented"),
    latency,
  };
}

function readFlow(fields: Fields, shared: SharedValues): Flow {
  return {
    dialledPort: portOrNull(fields, "dialledPort"),
    servedPort: portOrNull(fields, "servedPort"),
    service: textOrNull(fields, "service", shared.text),
    name: textOrNull(fields, "name", shared.text),
    count: countOf(fields, "count"),
    failed: countOf(fields, "failed"),
    firstSeenMicros: timeOf(fields, "firstSeen"),
    lastSeenMicros: timeOf(fields, "lastSeen"),
  };
}

function readFailedPort(fields: Fields): FailedPort {
  return {
    port: portOf(fields, "port"),
    outcome: oneOf(fields, "outcome", OUTCOMES),
    count: countOf(fields, "count"),
  };
}

function readQuantiles(value: unknown): HandshakeQuantiles | null {
  if (value == null) return null;
  const fields = fieldsOf(value, "handshakeMs");
  return { p50: numberOf(fields, "p50"), p90: numberOf(fields, "p90"), p99: numberOf(fields, "p99") };
}

function readLatency(fields: Fields): LatencyBuckets {
  const buckets = listOf(fields, "buckets", 2 * (MAX_BUCKET + 1)) as readonly number[];
  let last = -1;
  for (let i = 0; i < buckets.length; i += 2) {
    const [bucket = -1, count = 0] = [buckets[i], buckets[i + 1]];
    if (!Number.isInteger(bucket) || bucket <= last || bucket > MAX_BUCKET) throw new Damage("buckets are not sorted");
    if (!Number.isSafeInteger(count) || count < 1) throw new Damage("buckets have no counts");
    last = bucket;
  }
  const [min, max] = [numberOf(fields, "min"), numberOf(fields, "max")];
  if (buckets.length === 0 || min > max) throw new Damage("latency is empty");
  return { buckets, min, max };
}
