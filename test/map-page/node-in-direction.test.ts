import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeInDirection } from "../../src/map-page/node-in-direction.ts";
import type { MapNode } from "../../src/model/map-data.ts";

const at = (x: number, y: number): MapNode => ({
  id: "",
  title: "",
  label: "",
  type: "workload",
  kind: "",
  namespace: null,
  x,
  y,
  width: 10,
  height: 10,
});

test("an arrow key goes to the nearest node ahead, and prefers straight ahead", () => {
  const nodes = [at(0, 0), at(100, 0), at(60, 40), at(-50, 0), at(0, 30)];
  assert.equal(nodeInDirection(nodes, 0, 1, 0), 1);
  assert.equal(nodeInDirection(nodes, 0, -1, 0), 3);
  assert.equal(nodeInDirection(nodes, 0, 0, 1), 4);
  assert.equal(nodeInDirection(nodes, 0, 0, -1), null);
  assert.equal(nodeInDirection(nodes, 9, 1, 0), null);
});
