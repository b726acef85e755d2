import assert from "node:assert/strict";
import { test } from "node:test";
import { NO_ROW } from "../../src/lookups/lookup-ring.ts";
import { NameTable, type NumberedQuery } from "../../src/lookups/name-table.ts";

const NEVER = Number.NEGATIVE_INFINITY;

/** A query for a name of that number. */
function query(id: number, ...others: number[]): NumberedQuery {
  return { id, name: `n${id}`, candidates: [id, ...others].map((each) => ({ id: each, name: `n${each}` })) };
}

test("a number that is taken again has nothing of the name that had it before", () => {
  const table = new NameTable<NumberedQuery>();
  const [id, other] = [table.take(), table.take()];
  table.setQuery(query(id, other));
  table.answer(id, 5);
  table.setConnected(id, 6);
  table.begin(id, 0);
  table.setResolved(id, 1);
  assert.equal(table.searchFor(id), 0);
  table.forget(id, 0);
  assert.equal(table.isInUse(id), true);
  table.setResolved(id, NO_ROW);
  assert.equal(table.isInUse(id), false);
  table.release(id);
  assert.equal(table.take(), id);
  table.answer(id, 7);
  assert.deepEqual([table.answeredMicros(id), table.answeredMicros(other)], [NEVER, 5]);
  assert.deepEqual([table.searchFor(id), table.resolvedOf(id), table.connectedMicros(id)], [NO_ROW, NO_ROW, NEVER]);
});

test("a search that is forgotten leaves later ones of its names", () => {
  const table = new NameTable<NumberedQuery>();
  const [long, bare] = [table.take(), table.take()];
  table.setQuery(query(long, bare));
  table.setQuery(query(bare));
  table.begin(long, 1);
  table.begin(bare, 2);
  table.forget(long, 1);
  assert.deepEqual([table.searchOf(long), table.searchOf(bare), table.searchFor(long)], [NO_ROW, 2, 2]);
});

test("however many names there are, each has its own record, answers, searches and connections", () => {
  const table = new NameTable<NumberedQuery>();
  const ids = Array.from({ length: 5_000 }, () => table.take());
  const queries = ids.map((id) => query(id));
  for (const [i, id] of ids.entries()) {
    table.setQuery(queries[i] as NumberedQuery);
    table.answer(id, i);
    table.begin(id, i);
    table.setResolved(id, 2 * i);
    table.setConnected(id, 3 * i);
  }
  for (const [i, id] of ids.entries()) {
    assert.equal(table.get(id), queries[i]);
    assert.deepEqual([table.answeredMicros(id), table.searchFor(id)], [i, i]);
    assert.deepEqual([table.resolvedOf(id), table.connectedMicros(id)], [2 * i, 3 * i]);
  }
});
