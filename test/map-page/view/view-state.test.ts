import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  isFiltered,
  parseView,
  type ViewState,
  viewFragment,
  WHOLE_MAP,
} from "../../../src/map-page/view/view-state.ts";

const list = fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 4 });
const views: fc.Arbitrary<ViewState> = fc.record({
  namespaces: list,
  types: list,
  evidence: list,
  failing: fc.boolean(),
  age: fc.option(fc.integer({ min: 1, max: 1e9 }), { nil: null }),
  text: fc.string(),
  hidden: list,
  focus: fc.option(fc.record({ id: fc.string(), hops: fc.integer({ min: 1, max: 9 }) }), { nil: null }),
  blast: fc.option(
    fc.record({
      ids: fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 3 }),
      needs: fc.boolean(),
      maxDepth: fc.option(fc.integer({ min: 1, max: 50 }), { nil: null }),
    }),
    { nil: null },
  ),
  toggled: list,
  chosen: fc.option(fc.string(), { nil: null }),
  isTable: fc.boolean(),
});

test("a view is the same after its address was read", () => {
  fc.assert(
    fc.property(views, (view) => {
      assert.deepEqual(parseView(`#${viewFragment(view)}`), JSON.parse(JSON.stringify(view)));
    }),
  );
});

test("any fragment is read, and the empty one is the whole map", () => {
  assert.deepEqual(parseView(""), WHOLE_MAP);
  assert.equal(viewFragment(WHOLE_MAP), "");
  assert.deepEqual(parseView("#age=-5&hops=3&needs=1&failing=yes&other=1"), WHOLE_MAP);
  fc.assert(
    fc.property(fc.string(), (fragment) => {
      const view = parseView(fragment);
      assert.deepEqual(parseView(viewFragment(view)), view);
    }),
  );
});

test("folding, the choice and the table are no filters", () => {
  assert.equal(isFiltered({ ...WHOLE_MAP, toggled: ["a"], chosen: "node:a", isTable: true }), false);
  assert.equal(isFiltered({ ...WHOLE_MAP, text: "a" }), true);
});
