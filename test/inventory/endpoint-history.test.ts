import assert from "node:assert/strict";
import { test } from "node:test";
import { UpdateLag } from "../../src/inventory/addresses/update-lag.ts";
import { EndpointHistory } from "../../src/inventory/endpoint-history.ts";
import type { EndpointSliceRecord } from "../../src/kubernetes/objects/kubernetes-objects.ts";
import { micros } from "../support/cluster/cluster-objects.ts";

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
