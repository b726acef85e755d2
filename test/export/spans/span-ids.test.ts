import assert from "node:assert/strict";
import { test } from "node:test";
import { TraceWindows } from "../../../src/export/queue/trace-windows.ts";
import { createSpanIds } from "../../../src/export/spans/span-ids.ts";

const SECOND = 1_000_000;

test("ids have their length in lower-case hex and do not repeat", () => {
  const ids = createSpanIds();
  const traces = new Set<string>();
  const spans = new Set<string>();
  for (let i = 0; i < 5_000; i++) {
    traces.add(ids.traceId());
    spans.add(ids.spanId());
  }
  assert.equal(traces.size, 5_000);
  assert.equal(spans.size, 5_000);
  for (const id of traces) assert.match(id, /^[0-9a-f]{32}$/);
  for (const id of spans) assert.match(id, /^[0-9a-f]{16}$/);
});

test("no id is zero, even from a random source that gives only zeros", () => {
  const ids = createSpanIds((pool) => pool.fill(0));
  for (let i = 0; i < 2_000; i++) {
    assert.notEqual(BigInt(`0x${ids.traceId()}`), 0n);
    assert.notEqual(BigInt(`0x${ids.spanId()}`), 0n);
  }
});

test("pairs of one client within a window share a trace, and other clients have others", () => {
  const windows = new TraceWindows(createSpanIds());
  const first = windows.traceIdFor("orders", 0);
  assert.equal(windows.traceIdFor("orders", 9 * SECOND), first);
  assert.notEqual(windows.traceIdFor("profile", 0), first);
  assert.notEqual(windows.traceIdFor("orders", 10 * SECOND), first);
});

test("a clock that is set back starts a new window", () => {
  const windows = new TraceWindows(createSpanIds());
  const first = windows.traceIdFor("orders", 100 * SECOND);
  assert.notEqual(windows.traceIdFor("orders", 50 * SECOND), first);
});

test("a trace holds at most 1,000 pairs", () => {
  const windows = new TraceWindows(createSpanIds());
  const pairs = new Map<string, number>();
  for (let i = 0; i < 3_500; i++) {
    const id = windows.traceIdFor("orders", i);
    pairs.set(id, (pairs.get(id) ?? 0) + 1);
  }
  assert.deepEqual([...pairs.values()], [1_000, 1_000, 1_000, 500]);
});
