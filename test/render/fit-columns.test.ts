import assert from "node:assert/strict";
import { test } from "node:test";
import { type FittedColumn, fitColumns } from "../../src/render/fit-columns.ts";

const COLUMNS: readonly FittedColumn[] = [
  {
    cells: ["server", "shop/legacy-inventory-adapter (service)", "shop/cart"],
    minWidth: { first: 18, last: 12 },
    hidden: null,
  },
  { cells: ["count", "4", "123"], minWidth: null, hidden: null },
  {
    cells: ["names", "legacy-inventory.shop.svc.cluster.local", "cart"],
    minWidth: { first: 16, last: 16 },
    hidden: 1,
  },
  { cells: ["p50 ms", "0.412", ""], minWidth: null, hidden: 0 },
];
const ORDER = [2, 0];

const fit = (width: number) => fitColumns(COLUMNS, ORDER, { width, gap: 2 });
const widthOf = (fitted: ReturnType<typeof fit>): number =>
  fitted.reduce((sum, cells) => sum + (cells === null ? 0 : Math.max(...cells.map((cell) => cell.length)) + 2), -2);

test("a table that fits is unchanged", () => {
  assert.deepEqual(
    fit(200),
    COLUMNS.map(({ cells }) => cells),
  );
});

test("the middle of cells is cut first, in the given order, and only as far as needed", () => {
  const [server, , names, times] = fit(90);
  assert.deepEqual(server, COLUMNS[0]?.cells);
  assert.equal(names?.[2], "cart");
  assert.match(names?.[1] ?? "", /^legacy-.*….*local$/);
  assert.deepEqual(times, COLUMNS[3]?.cells);
  assert.equal(widthOf(fit(90)), 90);
});

test("then columns are hidden, the lowest rank first", () => {
  const isShown = (width: number) => fit(width).map((cells) => cells !== null);
  assert.deepEqual(isShown(55), [true, true, true, true]);
  assert.deepEqual(isShown(47), [true, true, true, false]);
  assert.deepEqual(isShown(40), [true, true, false, false]);
});

test("the type of an end is kept in every column width", () => {
  for (let width = 1; width < 100; width++) {
    const [server] = fit(width);
    assert.match(server?.[1] ?? "", /^shop?[^()]* \(service\)$|^sh[^()]*…[^()]+ \(service\)$/);
    if (width >= 24) assert.ok(widthOf(fit(width)) <= width, `${width}`);
  }
});
