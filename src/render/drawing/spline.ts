import type { Point } from "./layout.ts";

/** Pixels between points: close enough to look round at any zoom that shows a label. */
const STEP = 14;
const MOST_PER_PIECE = 24;

function cubic(a: number, b: number, c: number, d: number, t: number): number {
  const s = 1 - t;
  return s * s * s * a + 3 * s * s * t * b + 3 * s * t * t * c + t * t * t * d;
}

/** Points along a start and cubic Bézier triples, without the start itself. */
export function sampleSpline(points: readonly Point[]): Point[] {
  const samples: Point[] = [];
  for (let i = 0; i + 3 < points.length; i += 3) {
    const [a, b, c, d] = points.slice(i, i + 4) as [Point, Point, Point, Point];
    const count = Math.min(MOST_PER_PIECE, Math.max(2, Math.round(Math.hypot(d.x - a.x, d.y - a.y) / STEP)));
    for (let n = 1; n <= count; n++) {
      const t = n / count;
      samples.push({ x: cubic(a.x, b.x, c.x, d.x, t), y: cubic(a.y, b.y, c.y, d.y, t) });
    }
  }
  return samples;
}
