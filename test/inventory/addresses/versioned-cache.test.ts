import assert from "node:assert/strict";
import { test } from "node:test";
import { VersionedCache } from "../../../src/inventory/addresses/versioned-cache.ts";
import { ClusterFeed } from "../../../src/inventory/cluster-feed.ts";
import { added, deleted, micros, node, service } from "../../support/cluster/cluster-objects.ts";

test("an answer is remembered as long as the index stays as it is", () => {
  const answers = new VersionedCache<string>();
  assert.equal(answers.get("10.0.0.1", 1), undefined);
  answers.set("10.0.0.1", "outside");
  assert.equal(answers.get("10.0.0.1", 1), "outside");
  assert.equal(answers.get("10.0.0.1", 2), undefined);
});

test("answers without end are forgotten, and each is remembered until then", () => {
  const answers = new VersionedCache<number>();
  answers.get("first", 1);
  for (let i = 0; i < 100_000; i++) {
    answers.set(`address ${i}`, i);
    assert.equal(answers.get(`address ${i}`, 1), i);
  }
  assert.equal(answers.get("address 0", 1), undefined);
});

test("an address that was asked about is a Service's or a node's as soon as the news tells it, and no more when it is gone", () => {
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
