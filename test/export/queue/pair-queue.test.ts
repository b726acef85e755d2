import assert from "node:assert/strict";
import { test } from "node:test";
import { ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import fc from "fast-check";
import { MAX_AGE_MICROS, MAX_BATCH_BYTES, MAX_BATCH_PAIRS, PairQueue } from "../../../src/export/queue/pair-queue.ts";
import { maxEncodedBytes } from "../../../src/export/spans/pair-size.ts";
import { toReadableSpans } from "../../../src/export/spans/readable-spans.ts";
import { createSpanIds } from "../../../src/export/spans/span-ids.ts";
import { type SpanPair, toSpanPair } from "../../../src/export/spans/span-pair.ts";
import type { Interaction } from "../../../src/model/interaction.ts";
import { interaction, interactionArbitrary, SAMPLE_MICROS } from "../support/sample-interactions.ts";

const ids = createSpanIds();
const SCOPE = { name: "wirespan", version: "0.0.0" };

function pairOf(from: Interaction): SpanPair {
  return toSpanPair(from, { keepNodes: true, traceIdFor: () => ids.traceId(), spanId: ids.spanId });
}

function encodedBytes(pairs: readonly SpanPair[]): number {
  return ProtobufTraceSerializer.serializeRequest(toReadableSpans(pairs, SCOPE))?.length ?? 0;
}

function queueWith(changes: Partial<ConstructorParameters<typeof PairQueue>[0]> = {}) {
  const dropped = { queue_full: 0, too_old: 0 };
  const limits = {
    maxPairs: 1_000,
    maxBatchPairs: MAX_BATCH_PAIRS,
    maxBatchBytes: MAX_BATCH_BYTES,
    maxAgeMicros: MAX_AGE_MICROS,
    ...changes,
  };
  const queue = new PairQueue(limits, (reason, pairs) => {
    dropped[reason] += pairs;
  });
  return { queue, dropped };
}

test("pairs leave in order of arrival, at most 500 at a time", () => {
  const { queue } = queueWith({ maxPairs: 2_000 });
  const pairs = Array.from({ length: 1_200 }, () => pairOf(interaction()));
  for (const pair of pairs) queue.add(pair);
  const batches = [1, 2, 3, 4].map(() => queue.takeBatch(SAMPLE_MICROS));
  assert.deepEqual(
    batches.map((batch) => batch.length),
    [500, 500, 200, 0],
  );
  assert.deepEqual(batches.flat(), pairs);
});

test("a full queue drops its oldest pair and counts it", () => {
  const { queue, dropped } = queueWith({ maxPairs: 3 });
  const pairs = Array.from({ length: 5 }, () => pairOf(interaction()));
  for (const pair of pairs) queue.add(pair);
  assert.deepEqual(dropped, { queue_full: 2, too_old: 0 });
  assert.deepEqual(queue.takeBatch(SAMPLE_MICROS), pairs.slice(2));
});

test("a pair that Tempo would discard is dropped and counted, not sent", () => {
  const { queue, dropped } = queueWith();
  const old = pairOf(interaction({ timeMicros: SAMPLE_MICROS - MAX_AGE_MICROS - 1_000, durationMicros: 0 }));
  const young = pairOf(interaction({ timeMicros: SAMPLE_MICROS - MAX_AGE_MICROS + 1_000, durationMicros: 0 }));
  queue.add(old);
  queue.add(young);
  assert.deepEqual(queue.takeBatch(SAMPLE_MICROS), [young]);
  assert.deepEqual(dropped, { queue_full: 0, too_old: 1 });
});

test("pairs of a replay have no age limit", () => {
  const { queue } = queueWith({ maxAgeMicros: null });
  queue.add(pairOf(interaction({ timeMicros: 0 })));
  assert.equal(queue.takeBatch(SAMPLE_MICROS).length, 1);
});

test("the estimated size of a pair is at least its encoded size", () => {
  fc.assert(
    fc.property(interactionArbitrary, (any) => {
      const pair = pairOf(any);
      assert.ok(encodedBytes([pair]) <= maxEncodedBytes(pair));
    }),
  );
});

test("every request is well below 4 MiB with any names", () => {
  fc.assert(
    fc.property(fc.array(interactionArbitrary, { minLength: 1, maxLength: 60 }), (any) => {
      const { queue } = queueWith({ maxAgeMicros: null });
      for (let i = 0; i < 600; i++) queue.add(pairOf(any[i % any.length] as Interaction));
      for (let batch = queue.takeBatch(0); batch.length > 0; batch = queue.takeBatch(0)) {
        assert.ok(batch.length <= MAX_BATCH_PAIRS);
        assert.ok(encodedBytes(batch) <= MAX_BATCH_BYTES);
      }
      assert.equal(queue.size, 0);
    }),
    { numRuns: 20 },
  );
});

test("500 pairs of the longest names take several requests", () => {
  const { queue } = queueWith();
  const long = "é".repeat(100_000);
  for (let i = 0; i < 500; i++) queue.add(pairOf(interaction({ name: long, canonicalName: long })));
  const batch = queue.takeBatch(SAMPLE_MICROS);
  assert.ok(batch.length > 0 && batch.length < 500);
  assert.ok(encodedBytes(batch) <= MAX_BATCH_BYTES);
});

test("an ordinary pair takes less than 1,600 bytes", () => {
  const pairs = Array.from({ length: 500 }, () => pairOf(interaction()));
  assert.ok(encodedBytes(pairs) / 500 < 1_600, `${encodedBytes(pairs) / 500}`);
});
