import assert from "node:assert/strict";
import { test } from "node:test";
import { UpdateLag } from "../../src/inventory/addresses/update-lag.ts";
import { EndpointHistory, isOnPort } from "../../src/inventory/endpoint-history.ts";
import type { EndpointSliceRecord } from "../../src/kubernetes/objects/kubernetes-objects.ts";
import { micros } from "../support/cluster/cluster-objects.ts";
import { cpuMicros } from "../support/cpu-time.ts";

/** Removed slices after which all Services are pruned. */
const PRUNE_EVERY = 256;

function slice(...addresses: readonly string[]): EndpointSliceRecord {
  const endpoints = addresses.map((address) => ({ address, podUid: null }));
  return { kind: "EndpointSlice", namespace: "shop", name: "web-1", serviceName: "web", endpoints, ports: [80] };
}

test("an endpoint that ended is known for three minutes, and no longer than to the next update", () => {
  const history = new EndpointHistory(new UpdateLag());
  history.update("shop/web", slice("10.244.1.5", "10.244.1.6"), micros(0));
  history.update("shop/web", slice("10.244.1.6"), micros(10));
  history.update("shop/web", slice("10.244.1.6", "10.244.1.7"), micros(190));
  assert.equal(history.behind("10.244.1.5")?.size, 1);
  history.update("shop/web", slice("10.244.1.6"), micros(191));
  assert.equal(history.behind("10.244.1.5"), undefined);
  assert.equal(history.interval("shop/web", "10.244.1.5"), undefined);
  assert.equal(history.behind("10.244.1.6")?.size, 1);
});

test("of Services that are gone nothing is kept", () => {
  const history = new EndpointHistory(new UpdateLag());
  history.update("shop/gone", slice("10.244.1.5"), micros(0));
  history.remove("shop/gone", "web-1", micros(1));
  for (let i = 1; i < PRUNE_EVERY; i++) history.remove("shop/none", "none", micros(200));
  assert.equal(history.behind("10.244.1.5"), undefined);
});

test("the endpoint at an address is the one of all endpoints at that time that has it", () => {
  const history = new EndpointHistory(new UpdateLag());
  history.update("shop/web", slice("10.244.1.5", "10.244.1.6"), micros(10));
  history.update("shop/web", slice("10.244.1.6"), micros(20));
  for (const seconds of [6, 7, 15, 19, 20, 30]) {
    for (const address of ["10.244.1.5", "10.244.1.6", "10.244.1.7"]) {
      const found = history.of("shop/web", micros(seconds)).find((endpoint) => endpoint.address === address) ?? null;
      assert.equal(history.at("shop/web", address, micros(seconds)), found, `${address} at ${seconds} s`);
    }
  }
});

test("an endpoint has the ports of its slices, after its end too, and those of before their last change", () => {
  const history = new EndpointHistory(new UpdateLag());
  const portsAt = (address: string) => {
    const interval = history.interval("shop/web", address);
    assert.ok(interval !== undefined);
    return [80, 81, 90].filter((port) => isOnPort(interval, port));
  };
  history.update("shop/web", slice("10.244.1.5", "10.244.1.6"), micros(0));
  history.update("shop/web", { ...slice("10.244.1.5"), name: "web-2", ports: [90] }, micros(1));
  assert.deepEqual(portsAt("10.244.1.5"), [80, 90]);
  history.update("shop/web", { ...slice("10.244.1.5", "10.244.1.6"), ports: [81] }, micros(2));
  assert.deepEqual(
    [portsAt("10.244.1.5"), portsAt("10.244.1.6")],
    [
      [80, 81, 90],
      [80, 81],
    ],
  );
  history.remove("shop/web", "web-1", micros(3));
  assert.deepEqual(
    [portsAt("10.244.1.5"), portsAt("10.244.1.6")],
    [
      [80, 81, 90],
      [80, 81],
    ],
  );
  history.update("shop/web", { ...slice("10.244.1.6"), name: "web-3", ports: [90] }, micros(4));
  assert.deepEqual(portsAt("10.244.1.6"), [90]);
});

/** Least of three, in microseconds. */
function costOfUpdate(endpoints: number, ports: number, others: number): number {
  const history = new EndpointHistory(new UpdateLag());
  const numbered = (net: number, count: number) =>
    Array.from({ length: count }, (_, i) => `10.${net}.${i >> 8}.${i & 0xff}`);
  history.update("evil/x", { ...slice(...numbered(200, others)), name: "others" }, micros(0));
  const record = { ...slice(...numbered(100, endpoints)), ports: Array.from({ length: ports }, (_, i) => 1 + i) };
  const costs = [1, 2, 3].map((second) => {
    const begin = cpuMicros();
    for (let i = 0; i < 10; i++) history.update("evil/x", record, micros(second + i / 10));
    return cpuMicros() - begin;
  });
  return Math.min(...costs);
}

test("the work for a slice grows with its endpoints and its ports, not with their product", () => {
  costOfUpdate(200, 100, 0);
  const [few, many] = [costOfUpdate(200, 100, 0), costOfUpdate(200, 4_000, 0)];
  assert.ok(many < 40 * few, `${few} µs with 100 ports, ${many} µs with 4,000`);
});

test("the work for a slice does not grow with other slices of its Service", () => {
  costOfUpdate(100, 1, 0);
  const [few, many] = [costOfUpdate(100, 1, 1_000), costOfUpdate(100, 1, 60_000)];
  assert.ok(many < 20 * few, `${few} µs beside 1,000 endpoints, ${many} µs beside 60,000`);
});
