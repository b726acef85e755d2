import assert from "node:assert/strict";
import { test } from "node:test";
import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import fc from "fast-check";
import { toReadableSpans } from "../../../src/export/spans/readable-spans.ts";
import { createSpanIds } from "../../../src/export/spans/span-ids.ts";
import { toSpanPair } from "../../../src/export/spans/span-pair.ts";
import { interaction, interactionArbitrary, refused, workload } from "../support/sample-interactions.ts";

const ids = createSpanIds();
const SCOPE = { name: "wirespan", version: "1.2.3" };
const options = { keepNodes: false, traceIdFor: () => ids.traceId(), spanId: ids.spanId };

/** Maximum of unpaired spans while a receiver reads the request in order. */
function mostOpenHalves(spans: ReturnType<typeof toReadableSpans>): number {
  const byResource = new Map<unknown, typeof spans>();
  for (const span of spans) byResource.set(span.resource, [...(byResource.get(span.resource) ?? []), span]);
  const open = new Set<string>();
  let most = 0;
  for (const span of [...byResource.values()].flat()) {
    const pair = span.parentSpanContext?.spanId ?? span.spanContext().spanId;
    if (!open.delete(pair)) open.add(pair);
    most = Math.max(most, open.size);
  }
  assert.equal(open.size, 0);
  return most;
}

test("a request of 500 pairs of one edge has at most five unpaired spans at a time", () => {
  const pairs = Array.from({ length: 500 }, () => toSpanPair(interaction(), options));
  assert.equal(mostOpenHalves(toReadableSpans(pairs, SCOPE)), 5);
});

test("a request of 200 edges in any order has at most five unpaired spans at a time", () => {
  const pairs = Array.from({ length: 500 }, (_, i) =>
    toSpanPair(interaction({ server: workload(`server-${(i * 7) % 200}`) }), options),
  );
  assert.ok(mostOpenHalves(toReadableSpans(pairs, SCOPE)) <= 5);
});

test("every pair is complete in the request, with both kinds and its resources", () => {
  fc.assert(
    fc.property(fc.array(interactionArbitrary, { maxLength: 40 }), (any) => {
      const pairs = any.map((one) => toSpanPair(one, options));
      const spans = toReadableSpans(pairs, SCOPE);
      const bySpanId = new Map(spans.map((span) => [span.spanContext().spanId, span]));
      assert.equal(bySpanId.size, pairs.length * 2);
      for (const pair of pairs) {
        const client = bySpanId.get(pair.client.spanId);
        const server = bySpanId.get(pair.server.spanId);
        assert.equal(client?.kind, SpanKind.CLIENT);
        assert.equal(server?.kind, SpanKind.SERVER);
        assert.deepEqual({ ...client?.resource.attributes }, pair.client.resource.attributes);
        assert.deepEqual({ ...server?.resource.attributes }, pair.server.resource.attributes);
        assert.equal(client?.parentSpanContext, undefined);
        assert.equal(server?.parentSpanContext?.spanId, pair.client.spanId);
        assert.equal(server?.parentSpanContext?.traceId, client?.spanContext().traceId);
      }
      assert.ok(ProtobufTraceSerializer.serializeRequest(spans) !== undefined);
    }),
    { numRuns: 50 },
  );
});

test("failure is status ERROR on both spans, success leaves it unset", () => {
  const spans = toReadableSpans([toSpanPair(refused(), options), toSpanPair(interaction(), options)], SCOPE);
  assert.deepEqual(spans.map((span) => [span.attributes["error.type"] !== undefined, span.status.code]).toSorted(), [
    [false, SpanStatusCode.UNSET],
    [false, SpanStatusCode.UNSET],
    [true, SpanStatusCode.ERROR],
    [true, SpanStatusCode.ERROR],
  ]);
});

test("the instrumentation scope is wirespan with its version", () => {
  const [span] = toReadableSpans([toSpanPair(interaction(), options)], SCOPE);
  assert.deepEqual(span?.instrumentationScope, SCOPE);
});

test("service name and resource attributes of the environment are not on spans", () => {
  process.env.OTEL_SERVICE_NAME = "wirespan-agent";
  process.env.OTEL_RESOURCE_ATTRIBUTES = "service.name=agent,team=platform";
  try {
    const spans = toReadableSpans([toSpanPair(interaction(), options)], SCOPE);
    assert.deepEqual(
      spans.map((span) => span.resource.attributes["service.name"]),
      ["orders", "profile"],
    );
    assert.ok(spans.every((span) => !("team" in span.resource.attributes)));
    assert.ok(
      spans.every((span) => !Object.keys(span.resource.attributes).some((key) => key.startsWith("telemetry."))),
    );
  } finally {
    delete process.env.OTEL_SERVICE_NAME;
    delete process.env.OTEL_RESOURCE_ATTRIBUTES;
  }
});
