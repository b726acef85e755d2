// Addresses of the agent's own interfaces, which change without updates of the API.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ClusterFeed } from "../../../src/inventory/cluster-feed.ts";
import { micros, threeNodes } from "../../support/cluster/cluster-objects.ts";

const NOW = micros(1);

function clusterIndex() {
  return new ClusterFeed(threeNodes(), []).index;
}

test("an address that an interface has lost no longer belongs to the node", () => {
  const index = clusterIndex();
  index.setOwnAddresses("a", ["203.0.113.7", "203.0.113.8"]);
  assert.equal(index.ownerOf("203.0.113.8", NOW).type, "node");
  index.setOwnAddresses("a", ["203.0.113.7"]);
  assert.equal(index.ownerOf("203.0.113.7", NOW).type, "node");
  assert.equal(index.ownerOf("203.0.113.8", NOW).type, "outside");
});

test("a replaced address is detected, even if the number of addresses is the same", () => {
  const index = clusterIndex();
  index.setOwnAddresses("a", ["203.0.113.7", "203.0.113.8"]);
  index.setOwnAddresses("a", ["203.0.113.7", "203.0.113.9"]);
  assert.equal(index.ownerOf("203.0.113.8", NOW).type, "outside");
  assert.equal(index.ownerOf("203.0.113.9", NOW).type, "node");
});

test("the same addresses in another order do not change the version", () => {
  const index = clusterIndex();
  index.setOwnAddresses("a", ["203.0.113.7", "203.0.113.8"]);
  const { version } = index;
  index.setOwnAddresses("a", ["203.0.113.8", "203.0.113.7"]);
  assert.equal(index.version, version);
  index.setOwnAddresses("a", []);
  assert.ok(index.version > version);
  assert.equal(index.ownerOf("203.0.113.7", NOW).type, "outside");
});

test("an address that the API lists belongs to the node without the interface", () => {
  const index = clusterIndex();
  index.setOwnAddresses("a", ["192.168.0.1"]);
  index.setOwnAddresses("a", []);
  assert.equal(index.ownerOf("192.168.0.1", NOW).type, "node");
});
