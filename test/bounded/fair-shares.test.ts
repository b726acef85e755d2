import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FairShares } from "../../src/bounded/fair-shares.ts";

test("one owner can have the whole capacity until others add items", () => {
  const shares = new FairShares<string, number>(10);
  for (let i = 0; i < 10; i++) assert.equal(shares.add("greedy", i), null);
  assert.deepEqual(shares.add("greedy", 10), { owner: "greedy", item: 10 });
  for (let i = 0; i < 5; i++) assert.deepEqual(shares.add("other", i), { owner: "greedy", item: 9 - i });
  assert.deepEqual(shares.add("other", 5), { owner: "other", item: 5 });
  assert.equal(shares.size, 10);
});

test("removed items leave room", () => {
  const shares = new FairShares<string, number>(4);
  for (let i = 0; i < 4; i++) shares.add("a", i);
  shares.retain((item) => item >= 3);
  assert.equal(shares.size, 1);
  for (let i = 0; i < 3; i++) assert.equal(shares.add("b", i), null);
  assert.deepEqual(shares.add("c", 0), { owner: "b", item: 2 });
});

test("with any additions, the bound holds, evictions are returned, and small owners keep their items", () => {
  const wants = fc.array(fc.nat(5), { maxLength: 300 });
  fc.assert(
    fc.property(fc.integer({ min: 6, max: 40 }), wants, (capacity, owners) => {
      const shares = new FairShares<number, number>(capacity);
      const held = new Map<number, number[]>();
      for (const [item, owner] of owners.entries()) {
        const left = shares.add(owner, item);
        held.set(owner, [...(held.get(owner) ?? []), item]);
        if (left === null) continue;
        assert.equal(held.get(left.owner)?.at(-1), left.item);
        held.get(left.owner)?.pop();
      }
      const sizes = [...held.values()].map((items) => items.length);
      assert.equal(
        sizes.reduce((a, b) => a + b, 0),
        shares.size,
      );
      assert.equal(shares.size, Math.min(capacity, owners.length));
      // Six owners: one that adds at most a sixth of the capacity keeps all of it.
      for (const [owner, items] of held) {
        const wanted = owners.filter((each) => each === owner).length;
        assert.ok(items.length >= Math.min(wanted, Math.floor(capacity / 6)), `${owner}: ${items.length} of ${wanted}`);
      }
    }),
  );
});
