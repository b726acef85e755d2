import assert from "node:assert/strict";
import { test } from "node:test";
import { NodeNames } from "../../src/cluster-source/node-names.ts";

const many = new NodeNames(Array.from({ length: 14 }, (_, i) => `node-${String.fromCharCode(110 - i)}`));

test("the message lists ten of many nodes, in order, and the number of others", () => {
  const ten = [..."abcdefghij"].map((letter) => `node-${letter}`).join(", ");
  assert.throws(() => many.check("z", null), new RegExp(`"z" is not in the cluster; its nodes are ${ten} and 4 more`));
});

test("the message lists all of ten nodes", () => {
  const ten = new NodeNames([..."jihgfedcba"]);
  assert.throws(() => ten.check("z", null), /its nodes are a, b, c, d, e, f, g, h, i, j(?! and)/);
});

test("without a cluster every node is accepted", () => {
  const none = new NodeNames([]);
  none.check("z", null);
  none.checkAgents(new Set(["z"]));
  assert.equal(none.has("z"), false);
});

test("a node must be among the agents, and each agent among the nodes", () => {
  many.check("node-a", new Set(["node-a"]));
  assert.throws(() => many.check("node-a", new Set(["node-b"]), "NODE_NAME"), /^.*NODE_NAME "node-a" is not among/);
  many.checkAgents(null);
  assert.throws(() => many.checkAgents(new Set(["node-a", "z"])), /--agents "z" is not in the cluster/);
});
