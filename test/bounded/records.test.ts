import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { NO_RECORD, RecordIndex, RecordPool, RecordQueue } from "../../src/bounded/records.ts";
import { cpuMicros } from "../support/cpu-time.ts";

/** Two words for the owner and two for links. */
const RECORD_WORDS = 4;
const HASH_AT = 0;
const LINK_AT = 2;

test("a pool allocates each record once until it is released", () => {
  const pool = new RecordPool(3, 4);
  const taken = [pool.take(), pool.take(), pool.take()];
  assert.deepEqual([...taken].sort(), [12, 4, 8]);
  assert.deepEqual([pool.take(), pool.used], [NO_RECORD, 3]);
  pool.release(4);
  assert.deepEqual([pool.used, pool.take(), pool.take()], [2, 4, NO_RECORD]);
});

test("words and doubles of a record are the same memory", () => {
  const pool = new RecordPool(2, 4);
  pool.take();
  const record = pool.take();
  pool.doubles[record / 2 + 1] = 1;
  assert.deepEqual([...pool.words.subarray(record + 2, record + 4)], [...new Int32Array(Float64Array.of(1).buffer)]);
});

test("a pool has the same records as a list after any allocations and releases", () => {
  const capacity = 8;
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat(capacity - 1)), { maxLength: 100 }), (steps) => {
      const pool = new RecordPool(capacity, RECORD_WORDS);
      const taken: number[] = [];
      for (const step of steps) {
        const [released] = step === null ? [] : taken.splice(step % Math.max(1, taken.length), 1);
        if (released !== undefined) {
          pool.words.fill(-7, released, released + RECORD_WORDS);
          pool.release(released);
        } else {
          const record = pool.take();
          if (taken.length === capacity) {
            assert.equal(record, NO_RECORD);
          } else {
            assert.ok(record % RECORD_WORDS === 0 && record > NO_RECORD && record <= capacity * RECORD_WORDS);
            assert.ok(!taken.includes(record));
            taken.push(record);
          }
        }
        assert.equal(pool.used, taken.length);
      }
    }),
  );
});

/** The record with number `i`, from 0. */
function recordOf(i: number): number {
  return (i + 1) * RECORD_WORDS;
}

/** An index over records that contain their hash. */
class HashedRecords {
  readonly words: Int32Array;
  readonly #index: RecordIndex;

  constructor(capacity: number) {
    const pool = new RecordPool(capacity, RECORD_WORDS, 1);
    this.words = pool.words;
    this.#index = new RecordIndex(pool, LINK_AT);
  }

  insert(i: number, hash: number): void {
    this.words[recordOf(i) + HASH_AT] = hash;
    this.#index.insert(recordOf(i), hash);
  }

  remove(i: number): void {
    this.#index.remove(recordOf(i));
  }

  withHash(hash: number): number[] {
    const found: number[] = [];
    for (let record = this.#index.first(hash); record !== NO_RECORD; record = this.#index.next(record)) {
      if (this.words[record + HASH_AT] === hash) found.push(record / RECORD_WORDS - 1);
    }
    return found;
  }
}

test("an index finds the records of one hash, newest first", () => {
  const records = new HashedRecords(8);
  for (const i of [4, 2, 7]) records.insert(i, -5);
  assert.deepEqual(records.withHash(-5), [7, 2, 4]);
  records.remove(2);
  assert.deepEqual(records.withHash(-5), [7, 4]);
  records.remove(7);
  records.remove(4);
  assert.deepEqual(records.withHash(-5), []);
});

test("an index has the same records as a list after any insertions and removals", () => {
  const capacity = 16;
  const step = fc.record({ i: fc.nat(capacity - 1), hash: fc.oneof(fc.constant(0), fc.integer()) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const records = new HashedRecords(capacity);
      const hashes = new Map<number, number>();
      for (const { i, hash } of steps) {
        if (hashes.delete(i)) {
          records.remove(i);
          continue;
        }
        records.insert(i, hash);
        hashes.set(i, hash);
      }
      for (const hash of [0, ...hashes.values()]) {
        const wanted = [...hashes].filter(([, other]) => other === hash).map(([i]) => i);
        assert.deepEqual(records.withHash(hash), wanted.reverse());
      }
    }),
  );
});

/** Hashes that a fixed function (multiply by 0x45d9f3b, shift by 15), which can be inverted, would put into one bucket. */
function chosenHash(i: number): number {
  const last = i << 16;
  const product = last ^ (last >>> 15) ^ (last >>> 30);
  const mixed = Math.imul(product, 0x119de1f3);
  return (mixed ^ (mixed >>> 16)) | 0;
}

const ROWS: readonly (readonly [string, (i: number) => number])[] = [
  ["counted up", (i) => i],
  ["that are multiples of 2^8", (i) => i << 8],
  ["that are multiples of 2^16", (i) => i << 16],
  ["chosen against a fixed mixing", chosenHash],
];

for (const [what, hashOf] of ROWS) {
  test(`hashes ${what} are found as fast as others`, () => {
    const capacity = 32_768;
    const records = new HashedRecords(capacity);
    for (let i = 0; i < capacity; i++) records.insert(i, hashOf(i));
    const begin = cpuMicros();
    // A similar hash that is not in the index, so that the whole bucket is searched.
    for (let i = capacity; i < 65_536; i++) assert.equal(records.withHash(hashOf(i)).length, 0);
    const micros = (cpuMicros() - begin) / (65_536 - capacity);
    assert.ok(micros < 5, `${micros.toFixed(1)} µs a look`);
  });
}

function order(queue: RecordQueue): number[] {
  const records: number[] = [];
  for (let record = queue.oldest; record !== NO_RECORD; record = queue.oldest) {
    records.push(record);
    queue.remove(record);
  }
  return records;
}

test("two indexes of one pool are independent", () => {
  const pool = new RecordPool(4, 8, 2);
  const [one, other] = [new RecordIndex(pool, 2), new RecordIndex(pool, 4)];
  const record = pool.take();
  one.insert(record, 7);
  assert.deepEqual([one.first(7), other.first(7)], [record, NO_RECORD]);
  other.insert(record, 8);
  one.remove(record);
  assert.deepEqual([one.first(7), other.first(8)], [NO_RECORD, record]);
  assert.throws(() => new RecordIndex(pool, 6), RangeError);
});

test("a queue has the same order as a list after any additions and removals", () => {
  const capacity = 8;
  fc.assert(
    fc.property(fc.array(fc.nat(capacity - 1), { maxLength: 100 }), (steps) => {
      const queue = new RecordQueue(new RecordPool(capacity, RECORD_WORDS), LINK_AT);
      let list: number[] = [];
      for (const i of steps) {
        const record = recordOf(i);
        if (list.includes(record)) {
          queue.remove(record);
          list = list.filter((other) => other !== record);
        } else {
          queue.append(record);
          list.push(record);
        }
        assert.equal(queue.oldest, list[0] ?? NO_RECORD);
      }
      assert.deepEqual(order(queue), list);
    }),
  );
});
