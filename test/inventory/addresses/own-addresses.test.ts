// Addresses that the agent finds on its own interfaces: they come and go without the API.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ClusterFeed } from "../../../src/inventory/cluster-feed.ts";
import { micros, threeNodes } from "../../support/cluster/cluster-objects.ts";

const NOW = micros(1);

function clusterIndex() {
  return new ClusterFeed(threeNodes(), []).index;
}

test("an address that an interface has lost is the node's no more", () => {
  const index = clusterIndex();
  index.setOwnAddresses("a", ["203.0.113.7", "203.0.113.8"]);
  assert.equal(index.ownerOf("203.0.113.8", NOW).type, "node");
  index.setOwnAddresses("a", ["203.0.113.7"]);
  assert.equal(index.ownerOf("203.0.113.7", NOW).type, "node");
  assert.equal(index.ownerOf("203.0.113.8", NOW).type, "outside");
});

test("an address in the place of another is noticed, though they are as many as before", () => {
  const index = clusterIndex();
  index.setOwnAddresses("a", ["203.0.113.7", "203.0.113.8"]);
  index.setOwnAddresses("a", ["203.0.113.7", "203.0.113.9"]);
  assert.equal(index.ownerOf("203.0.113.8", NOW).type, "outside");
  assert.equal(index.ownerOf("203.0.113.9", NOW).type, "node");
});

test("the same addresses again are no news, in whatever order", () => {
  const index = clusterIndex();
  index.setOwnAddresses("a", ["203.0.113.7", "203.0.113.8"]);
  const { version } = index;
  index.setOwnAddresses("a", ["203.0.113.8", "203.0.113.7"]);
  assert.equal(index.version, version);
  index.setOwnAddresses("a", []);
  assert.ok(index.version > version);
  assert.equal(index.ownerOf("203.0.113.7", NOW).type, "outside");
});

test("what the API lists stays the node's when its interface is gone", () => {
  const index = clusterIndex();
  index.setOwnAddresses("a", ["192.168.0.1"]);
  index.setOwnAddresses("a", []);
  assert.equal(index.ownerOf("192.168.0.1", NOW).type, "node");
});
