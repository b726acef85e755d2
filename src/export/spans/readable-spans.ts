import { SpanKind, SpanStatusCode, TraceFlags } from "@opentelemetry/api";
import { resourceFromAttributes } from "@opentelemetry/resources";
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base";
import type { ResourceIdentity } from "./resource-identity.ts";
import type { HalfSpan, SpanPair } from "./span-pair.ts";

/**
 * Pairs of one edge that share their Resource objects. The serializer writes all spans of one Resource before those of
 * the next, and the store of the `service_graph` connector holds 1,000 unpaired spans of all senders by default: so a
 * request has at most this many unpaired spans at a time.
 */
const MAX_RUN_PAIRS = 5;

type Resource = ReadableSpan["resource"];
type Scope = ReadableSpan["instrumentationScope"];

const NO_LINKS: ReadableSpan["links"] = [];
const NO_EVENTS: ReadableSpan["events"] = [];

/** A time as [seconds, nanoseconds]: holds every uint64 nanosecond exactly, which one double cannot. */
type HrTime = [number, number];

const MICROS_PER_SECOND = 1_000_000;
const NANOS_PER_SECOND = 1_000_000_000;

/** Microseconds, possibly with a fraction, as [seconds, nanoseconds]; keeps order: a ≤ b gives a time not after b's. */
export function toHrTime(micros: number): HrTime {
  const seconds = Math.floor(micros / MICROS_PER_SECOND);
  const nanos = Math.round((micros - seconds * MICROS_PER_SECOND) * 1000);
  return nanos < NANOS_PER_SECOND ? [seconds, nanos] : [seconds + 1, nanos - NANOS_PER_SECOND];
}

function toReadableSpan(pair: SpanPair, half: HalfSpan, resource: Resource, scope: Scope): ReadableSpan {
  const startTime = toHrTime(pair.startMicros);
  const endTime = toHrTime(pair.endMicros);
  const context = { traceId: pair.traceId, spanId: half.spanId, traceFlags: TraceFlags.SAMPLED };
  const span: ReadableSpan = {
    name: pair.name,
    kind: half.kind === "client" ? SpanKind.CLIENT : SpanKind.SERVER,
    spanContext: () => context,
    startTime,
    endTime,
    duration: toHrTime(pair.endMicros - pair.startMicros),
    status: { code: pair.failed ? SpanStatusCode.ERROR : SpanStatusCode.UNSET },
    attributes: half.attributes,
    resource,
    instrumentationScope: scope,
    ended: true,
    links: NO_LINKS,
    events: NO_EVENTS,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
  if (half.parentSpanId === null) return span;
  const { traceId } = pair;
  const parentSpanContext = { traceId, spanId: half.parentSpanId, traceFlags: TraceFlags.SAMPLED, isRemote: true };
  return Object.assign(span, { parentSpanContext });
}

/** Groups pairs by their two Resources, in order of arrival. */
function byEdge(pairs: readonly SpanPair[]): SpanPair[][] {
  const clients = new Map<ResourceIdentity, Map<ResourceIdentity, SpanPair[]>>();
  const edges: SpanPair[][] = [];
  for (const pair of pairs) {
    let servers = clients.get(pair.client.resource);
    if (servers === undefined) {
      servers = new Map();
      clients.set(pair.client.resource, servers);
    }
    const ofEdge = servers.get(pair.server.resource);
    if (ofEdge !== undefined) {
      ofEdge.push(pair);
      continue;
    }
    const first = [pair];
    servers.set(pair.server.resource, first);
    edges.push(first);
  }
  return edges;
}

const resources = new WeakMap<ResourceIdentity, Resource>();

/**
 * A Resource object with the attributes of another one: the serializer groups spans by Resource object. All have one shape;
 * with the other one as their prototype, each edge has a shape of its own, and sending a pair costs 1.4 times as much.
 */
class ResourceCopy implements Resource {
  readonly asyncAttributesPending = false;
  readonly attributes: Resource["attributes"];
  readonly #original: Resource;

  constructor(original: Resource) {
    this.attributes = original.attributes;
    this.#original = original;
  }

  merge(other: Resource | null): Resource {
    return this.#original.merge(other);
  }

  getRawAttributes(): ReturnType<Resource["getRawAttributes"]> {
    return this.#original.getRawAttributes();
  }
}

function newResource(identity: ResourceIdentity): Resource {
  let common = resources.get(identity);
  if (common === undefined) {
    common = resourceFromAttributes({ ...identity.attributes });
    resources.set(identity, common);
  }
  return new ResourceCopy(common);
}

/**
 * The spans of one request, in runs of at most five pairs of one edge: CLIENT spans of the run, then its SERVER spans.
 * They are plain objects, not SDK spans: a TracerProvider per workload costs three times as much and cannot set ids.
 */
export function toReadableSpans(pairs: readonly SpanPair[], scope: Scope): ReadableSpan[] {
  const spans: ReadableSpan[] = [];
  for (const ofEdge of byEdge(pairs)) {
    for (let at = 0; at < ofEdge.length; at += MAX_RUN_PAIRS) {
      const run = ofEdge.slice(at, at + MAX_RUN_PAIRS);
      for (const side of ["client", "server"] as const) {
        const [first] = run;
        if (first === undefined) continue;
        const resource = newResource(first[side].resource);
        for (const pair of run) spans.push(toReadableSpan(pair, pair[side], resource, scope));
      }
    }
  }
  return spans;
}
