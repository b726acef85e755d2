import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { layoutGraph } from "../../../src/render/drawing/layout.ts";
import { shopGraph } from "../support/shop-graph.ts";

/** What the map has beside its panel on a usual screen, and the font of titles when it is zoomed out. */
const ROOM = { width: 1000, height: 680 };
const TITLE = { whole: 16, compact: 19 };

describe("layout", () => {
  for (const [size, isCompact] of [
    [16, false],
    [30, false],
    [60, true],
    [100, true],
    [149, true],
  ] as const) {
    it(`${size} nodes: ${isCompact ? "by namespace" : "with captions on the edges"}, and titles of 6 pixels on a screen`, async () => {
      for (const seed of [1, 2, 3]) {
        const layout = await layoutGraph(shopGraph(size, seed));
        assert.equal(layout.isCompact, isCompact, `seed ${seed}`);
        const scale = Math.min(ROOM.width / layout.width, ROOM.height / layout.height);
        assert.ok(scale * (isCompact ? TITLE.compact : TITLE.whole) >= 6, `seed ${seed}: ${scale}`);
      }
    });
  }
});
