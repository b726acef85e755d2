import assert from "node:assert/strict";
import { test } from "node:test";
import { Sensor } from "../../src/sensor/sensor.ts";
import { readSensorFigures } from "../../src/telemetry/sensor-figures.ts";
import { toStats } from "../../src/telemetry/stats.ts";

const source = { device: "any", kernel: { received: 900, dropped: 7, left: 3, interfaceDropped: 0 } };

/** The counters as a sensor sends them. */
function sent(): Record<string, unknown> {
  const sensor = new Sensor({ dnsPorts: [53] }, () => {});
  return JSON.parse(JSON.stringify({ ...sensor.counters(), source: { ...source, longestDispatchMillis: 4.5 } }));
}

test("the counters that a sensor sends are read, of a device and of a file", () => {
  const counters = sent();
  assert.deepEqual(toStats(readSensorFigures(counters), null), toStats(counters as never, null));
  assert.ok(readSensorFigures({ ...counters, source: { path: "in.pcap" } }));
});

test("of JSON that is no counters of a sensor, nothing is read", () => {
  for (const json of [null, undefined, 0, "x", true, [], {}, [sent()]]) assert.equal(readSensorFigures(json), null);
});

const NO_COUNTS = [null, "1", -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, [], {}, undefined];
const PATHS = [
  ["packets"],
  ["decode", "ignored", "malformed"],
  ["decode", "tunnels", "vxlan"],
  ["decode", "memoHits"],
  ["decode", "streamBytes"],
  ["handshakes", "halfOpen"],
  ["exchanges", "omittedAddresses"],
  ["source", "kernel", "received"],
  ["source", "kernel", "left"],
];

test("no counter is anything but a whole number from 0", () => {
  for (const path of PATHS) {
    for (const value of NO_COUNTS) {
      const counters = sent();
      const within = path.slice(0, -1).reduce((at, name) => at[name] as Record<string, unknown>, counters);
      within[path.at(-1) ?? ""] = value;
      assert.equal(readSensorFigures(counters), null, `${path.join(".")}: ${String(value)}`);
    }
  }
});

test("counts by name have names of reasons, and not any number of them", () => {
  const many = Object.fromEntries(
    Array.from({ length: 33 }, (_, i) => [`${"a".repeat(1 + (i % 26))}_${"b".repeat(i)}`, 1]),
  );
  for (const ignored of [
    { "a b": 1 },
    { 'x"} 1\n': 1 },
    JSON.parse('{"__proto__":1}'),
    { ["x".repeat(33)]: 1 },
    many,
  ]) {
    const counters = sent();
    Object.assign(counters, { decode: { ...(counters.decode as object), ignored } });
    assert.equal(readSensorFigures(counters), null, JSON.stringify(ignored));
  }
});

test("a kernel does not drop more than it received, so that the ratio of loss is at most 1", () => {
  const counters = { ...sent(), source: { kernel: { received: 7, dropped: 8, left: 0 } } };
  assert.equal(readSensorFigures(counters), null);
});
