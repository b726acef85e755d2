import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  type CacheEntry,
  EVICTED,
  Partition,
  PartitionedCache,
  type PartitionedCacheOptions,
} from "../../src/bounded/partitioned-cache.ts";

interface Entry extends CacheEntry {
  weight: number;
  isPinned: boolean;
}

type Options = Omit<PartitionedCacheOptions<Entry, Partition<Entry>>, "isPinned">;

/** A cache that is used as its owners use it. */
function cacheOf(options: Options) {
  const cache = new PartitionedCache<Entry>({ ...options, isPinned: ({ isPinned }) => isPinned });
  return {
    cache,
    add(id: string, key: string, weight = 1): Entry {
      const partition = cache.partition(id) ?? cache.addPartition(id, new Partition());
      const entry = { generation: 0, weight, isPinned: false };
      cache.add(partition, key, entry);
      cache.makeRoom(partition);
      return entry;
    },
    use(id: string, key: string): Entry | undefined {
      const partition = cache.partition(id);
      const entry = partition?.entries.get(key);
      if (partition === undefined || entry === undefined) return undefined;
      cache.use(partition, entry);
      cache.makeRoom(partition);
      return entry;
    },
    delete(id: string, key: string): void {
      const partition = cache.partition(id);
      if (partition !== undefined) cache.delete(partition, key);
    },
    grow(id: string, key: string, weight: number): void {
      const partition = cache.partition(id);
      const entry = partition?.entries.get(key);
      if (partition === undefined || entry === undefined) return;
      cache.use(partition, entry);
      entry.weight += weight;
      cache.grow(partition, weight);
      cache.makeRoom(partition);
    },
    has: (id: string, key: string) => cache.partition(id)?.entries.has(key) ?? false,
  };
}

test("a partition that was dropped is not found through the caller that kept it", () => {
  const { cache, add } = cacheOf({ maxWeight: 2 });
  add("a", "x");
  const kept = cache.partition("a");
  assert.ok(kept);
  assert.equal(cache.partition("a", kept), kept);
  for (const key of ["1", "2", "3", "4"]) add("b", key);
  assert.equal(cache.partition("a", kept), undefined);
  add("a", "y");
  assert.notEqual(cache.partition("a", kept), kept);
});

test("a partition that is removed takes its entries with it, which counts no evictions", () => {
  const { cache, add, has } = cacheOf({ maxWeight: 10 });
  const entries = Array.from({ length: 15 }, (_, i) => add("a", `${i}`));
  add("b", "x");
  const kept = cache.partition("a");
  assert.ok(kept);
  const { evicted } = cache;
  cache.removePartition("a");
  cache.removePartition("a");
  assert.deepEqual(
    [cache.size, cache.evicted, cache.partition("a", kept), has("b", "x")],
    [1, evicted, undefined, true],
  );
  assert.ok(entries.every(({ generation }) => generation === EVICTED));
});

test("an entry in use stays; one without use is evicted, marked and counted", () => {
  const { cache, add, use } = cacheOf({ maxWeight: 10 });
  add("a", "used");
  const unused = add("b", "unused");
  for (let i = 0; i < 100; i++) {
    add("c", `${i}`);
    assert.ok(use("a", "used"));
  }
  assert.deepEqual([use("b", "unused"), cache.partition("b"), unused.generation], [undefined, undefined, EVICTED]);
  assert.equal(cache.evicted, 102 - cache.size);
});

test("a partition that grows without end evicts its own entries only", () => {
  const { cache, add, has } = cacheOf({ maxWeight: 1_000, maxPartitionWeight: 10 });
  add("quiet", "one");
  for (let i = 0; i < 400; i++) add("busy", `${i}`);
  assert.ok(has("quiet", "one") && has("busy", "399"));
  assert.ok(cache.size <= 21, `${cache.size} entries`);
});

test("all partitions together are bounded, also when each one only ends its own generations", () => {
  const { cache, add } = cacheOf({ maxWeight: 100, maxPartitionWeight: 10 });
  for (let id = 0; id < 1_000; id++) {
    for (let i = 0; i < 10; i++) add(`${id}`, `${i}`);
    assert.ok(cache.size <= 310, `${cache.size} entries`);
  }
});

test("the weight of entries counts, also what they gain later", () => {
  const { cache, add, grow, has } = cacheOf({ maxWeight: 10 });
  add("a", "heavy", 4);
  grow("a", "heavy", 6);
  add("a", "light", 9);
  assert.equal(cache.evicted, 0);
  add("a", "last", 1);
  assert.deepEqual([has("a", "heavy"), has("a", "light"), cache.evicted], [false, true, 1]);
});

test("generations end by age too, which counts no evictions, also when the clock is set back", () => {
  for (const sign of [1, -1]) {
    const { cache, add, has } = cacheOf({ maxWeight: 10, maxAgeMicros: 100 });
    cache.advance(1_000);
    add("a", "one");
    for (const age of [99, 100, 150, 200]) {
      assert.ok(has("a", "one"), `${age}`);
      cache.advance(1_000 + sign * age);
    }
    assert.deepEqual([has("a", "one"), cache.size, cache.evicted], [false, 0, 0]);
  }
});

test("pinned entries stay until they are not pinned, and do not end generations", () => {
  const { cache, add, has } = cacheOf({ maxWeight: 10 });
  const pinned = Array.from({ length: 100 }, (_, i) => Object.assign(add("a", `pinned ${i}`), { isPinned: true }));
  let turns = 0;
  for (let i = 0; i < 100; i++) {
    const { generation } = add("b", `${i}`);
    turns = generation - (pinned[99]?.generation ?? 0);
  }
  assert.ok(turns <= 11, `${turns} generations`);
  for (const [i, entry] of pinned.entries()) {
    assert.ok(has("a", `pinned ${i}`));
    entry.isPinned = false;
  }
  for (let i = 0; i < 30; i++) add("c", `${i}`);
  assert.equal(cache.partition("a"), undefined);
});

test("the owner is called for each partition that is left after a generation", () => {
  const turned: number[] = [];
  const { add } = cacheOf({ maxWeight: 3, onTurn: ({ entries }) => turned.push(entries.size) });
  for (let i = 0; i < 6; i++) add(`${i}`, "x");
  // Of the first generation's end three partitions are left; of the second's, the three later ones.
  assert.deepEqual(turned, [1, 1, 1, 1, 1, 1]);
});

test("weights stay within their bounds, and sums are right, after any operations", () => {
  const operation = fc.record({
    action: fc.constantFrom("add", "use", "delete", "remove", "grow", "pin", "advance"),
    id: fc.constantFrom("a", "b", "c"),
    key: fc.nat(9).map(String),
    weight: fc.integer({ min: 1, max: 4 }),
  });
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 300, size: "max" }), (operations) => {
      const { cache, ...owner } = cacheOf({ maxWeight: 20, maxPartitionWeight: 12, maxAgeMicros: 1_000 });
      for (const [i, { action, id, key, weight }] of operations.entries()) {
        if (action === "add" && !owner.has(id, key)) owner.add(id, key, weight);
        else if (action === "use") owner.use(id, key);
        else if (action === "delete") owner.delete(id, key);
        else if (action === "remove") cache.removePartition(id);
        else if (action === "grow") owner.grow(id, key, weight);
        else if (action === "pin") Object.assign(owner.use(id, key) ?? {}, { isPinned: weight === 1 });
        else cache.advance(i * 50);
        const partitions = ["a", "b", "c"].map((each) => cache.partition(each)).filter((each) => each !== undefined);
        const sizes = partitions.map(({ entries }) => entries.size);
        assert.equal(
          cache.size,
          sizes.reduce((sum, size) => sum + size, 0),
        );
        for (const partition of partitions) {
          const generation = cache.generationOf(partition);
          const weightOf = (wanted: number) =>
            [...partition.entries.values()]
              .filter((entry) => entry.generation === wanted)
              .reduce((sum, entry) => sum + entry.weight, 0);
          assert.equal(partition.youngWeight, weightOf(generation));
          assert.equal(partition.oldWeight, weightOf(generation - 1));
          assert.ok(partition.youngWeight < 12);
        }
        assert.ok(partitions.reduce((sum, { youngWeight }) => sum + youngWeight, 0) < 20);
      }
    }),
  );
});
