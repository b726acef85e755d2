import assert from "node:assert/strict";
import { test } from "node:test";
import { type Point, sampleSpline } from "../../../src/render/drawing/geometry.ts";
import { layoutGraph } from "../../../src/render/drawing/layout.ts";
import { edgeLabelLines, failureCount } from "../../../src/render/labels/edge-figures.ts";
import { shopGraph } from "../support/shop-graph.ts";

/** Distance of a point from a line through points. */
function distanceFrom(point: Point, line: readonly Point[]): number {
  return Math.min(
    ...line.slice(1).map((b, i) => {
      const a = line[i] ?? b;
      const [dx, dy] = [b.x - a.x, b.y - a.y];
      const along = ((point.x - a.x) * dx + (point.y - a.y) * dy) / (dx * dx + dy * dy || 1);
      const t = Math.min(1, Math.max(0, along));
      return Math.hypot(a.x + t * dx - point.x, a.y + t * dy - point.y);
    }),
  );
}

for (const size of [16, 30, 40]) {
  test(`labels of ${size} nodes are on their lines, and cover neither cards nor each other`, async () => {
    const graph = shopGraph(size);
    const { edges, nodes } = await layoutGraph(graph);
    const boxes = [...nodes.values()];
    let placed = 0;
    for (const [i, { points, label }] of edges.entries()) {
      const edge = graph.edges[i];
      assert.ok(edge);
      if (label === null) continue;
      placed++;
      assert.ok(distanceFrom(label, [points[0] as Point, ...sampleSpline(points)]) < 1, `edge ${i}`);
      const lines = edgeLabelLines(edge);
      const width = Math.max(...lines.map((line) => line.length * 6.6));
      const box = { x: label.x - width / 2, y: label.y - lines.length * 6.5, width, height: lines.length * 13 };
      for (const other of boxes) {
        const isApart =
          box.x >= other.x + other.width ||
          other.x >= box.x + box.width ||
          box.y >= other.y + other.height ||
          other.y >= box.y + box.height;
        assert.ok(isApart, `label of edge ${i}`);
      }
      boxes.push(box);
    }
    const failing = graph.edges.flatMap((edge, i) => (failureCount(edge) > 0 ? [edges[i]] : []));
    console.log(`  ${placed} of ${edges.length} labels have a place, ${failing.length} edges fail`);
    assert.ok(placed >= edges.length * 0.95);
    assert.ok(failing.every((edge) => edge?.label));
  });
}
