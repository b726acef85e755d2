import assert from "node:assert/strict";
import { test } from "node:test";
import { placeInDirection } from "../../src/map-page/place-in-direction.ts";

test("an arrow key goes to the nearest place ahead, and prefers straight ahead", () => {
  const from = { x: 0, y: 0 };
  const [ahead, aside, behind, below] = [
    { x: 100, y: 0 },
    { x: 60, y: 40 },
    { x: -50, y: 0 },
    { x: 0, y: 30 },
  ] as const;
  const places = [from, ahead, aside, behind, below];
  assert.equal(placeInDirection(places, from, 1, 0), ahead);
  assert.equal(placeInDirection(places, from, -1, 0), behind);
  assert.equal(placeInDirection(places, from, 0, 1), below);
  assert.equal(placeInDirection(places, from, 0, -1), null);
});
