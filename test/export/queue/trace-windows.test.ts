import assert from "node:assert/strict";
import { test } from "node:test";
import { TRACE_WINDOW_LIMITS, TraceWindows } from "../../../src/export/queue/trace-windows.ts";

const SECOND = 1e6;
const NOW = 1_795_420_800 * SECOND;

function windows(limits = TRACE_WINDOW_LIMITS): TraceWindows {
  let made = 0;
  return new TraceWindows({ traceId: () => `trace ${++made}`, spanId: () => "" }, limits);
}

test("the pairs of a client share a trace for 10 s, and clients have different traces", () => {
  const traces = windows();
  assert.equal(traces.traceIdFor("a", NOW), "trace 1");
  assert.equal(traces.traceIdFor("b", NOW + SECOND), "trace 2");
  assert.equal(traces.traceIdFor("a", NOW + 9.9 * SECOND), "trace 1");
  assert.equal(traces.traceIdFor("a", NOW + 10 * SECOND), "trace 3");
  assert.equal(traces.traceIdFor("b", NOW + 10 * SECOND), "trace 4");
});

test("a trace holds 1,000 pairs at most", () => {
  const traces = windows();
  const ids = Array.from({ length: 2_500 }, () => traces.traceIdFor("a", NOW));
  const counts = new Map<string, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  assert.deepEqual([...counts.values()], [1_000, 1_000, 500]);
});

test("a clock that was set back opens new traces", () => {
  const traces = windows();
  traces.traceIdFor("a", NOW);
  assert.equal(traces.traceIdFor("a", NOW - SECOND), "trace 2");
});

test("the number of open traces is limited with ever new clients", () => {
  const traces = windows({ ...TRACE_WINDOW_LIMITS, maxClients: 3 });
  for (const client of ["a", "b", "c"]) traces.traceIdFor(client, NOW);
  assert.equal(traces.traceIdFor("d", NOW), "trace 4");
  // The new window has no open traces.
  assert.equal(traces.traceIdFor("a", NOW), "trace 5");
});
