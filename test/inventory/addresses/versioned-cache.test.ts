import assert from "node:assert/strict";
import { test } from "node:test";
import { VersionedCache } from "../../../src/inventory/addresses/versioned-cache.ts";
import { ClusterFeed } from "../../../src/inventory/cluster-feed.ts";
import { added, deleted, micros, node, service } from "../../support/cluster/cluster-objects.ts";

test("an entry is cached until the version changes", () => {
  const cache = new VersionedCache<string>();
  assert.equal(cache.get("10.0.0.1", 1), undefined);
  cache.set("10.0.0.1", "outside");
  assert.equal(cache.get("10.0.0.1", 1), "outside");
  assert.equal(cache.get("10.0.0.1", 2), undefined);
});

test("a full cache is cleared, and each entry is cached until then", () => {
  const cache = new VersionedCache<number>();
  cache.get("first", 1);
  for (let i = 0; i < 100_000; i++) {
    cache.set(`address ${i}`, i);
    assert.equal(cache.get(`address ${i}`, 1), i);
  }
  assert.equal(cache.get("address 0", 1), undefined);
});

test("a cached owner changes with the update that adds or removes a Service or a node", () => {
  const shop = service("shop/web", { ip: "10.96.0.77" });
  const worker = node("worker-9", "172.31.0.9", "10.244.9.0/24");
  const feed = new ClusterFeed([], [added(2, shop), added(2, worker), deleted(4, shop), deleted(4, worker)]);
  for (const [now, ofService, ofNode] of [
    [1, "outside", "outside"],
    [2, "service", "node"],
    [3, "service", "node"],
    [4, "outside", "outside"],
  ] as const) {
    feed.advance(micros(now));
    const types = ["10.96.0.77", "172.31.0.9"].map((address) => feed.index.ownerOf(address, micros(5)).type);
    assert.deepEqual(types, [ofService, ofNode], `at ${now} s`);
  }
});
