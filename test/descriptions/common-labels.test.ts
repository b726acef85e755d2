import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { commonLabels, differingLabels } from "../../src/descriptions/common-labels.ts";

/** Few names and values, so that sets often share some; names that objects have anyway are among them. */
const names = ["app", "tier", "team", "__proto__", "constructor"];
const labelSet = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...names), fc.constantFrom("a", "b", "")), { selector: ([name]) => name })
  .map((entries) => Object.fromEntries(entries));

test("common labels are exactly those that every set has with the same value", () => {
  fc.assert(
    fc.property(fc.array(labelSet, { minLength: 1, maxLength: 5 }), (sets) => {
      const common = new Map(Object.entries(commonLabels(sets)));
      const entries = new Set(sets.flatMap((set) => Object.entries(set)).map((entry) => entry.join("=")));
      for (const entry of entries) {
        const [name = "", value] = entry.split("=");
        const isShared = sets.every((set) => Object.hasOwn(set, name) && set[name] === value);
        assert.equal(common.get(name) === value, isShared, entry);
      }
      for (const [name, value] of common) assert.ok(entries.has(`${name}=${value}`));
      const others = new Set(sets.flatMap((set) => Object.keys(set)).filter((name) => !common.has(name)));
      assert.deepEqual(differingLabels(sets), [...others].sort());
    }),
  );
});

test("no sets have no labels in common", () => {
  assert.deepEqual(commonLabels([]), {});
});
