/** A rectangle in pixels, `x` and `y` at its upper left corner. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export function center({ x, y, width, height }: Box): Point {
  return { x: x + width / 2, y: y + height / 2 };
}

/** Pixels between points: close enough to look round at every zoom level with labels. */
const STEP = 14;
const MAX_PER_PIECE = 24;

type Piece = readonly [start: Point, control: Point, control2: Point, end: Point];

/** The point of a cubic Bézier curve at `t`, from 0 to 1. */
function cubicPoint([a, b, c, d]: Piece, t: number): Point {
  const s = 1 - t;
  const [wa, wb, wc, wd] = [s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t];
  return { x: wa * a.x + wb * b.x + wc * c.x + wd * d.x, y: wa * a.y + wb * b.y + wc * c.y + wd * d.y };
}

/** Points along a spline (a start, then cubic Bézier triples), without the start. */
export function sampleSpline(points: readonly Point[]): Point[] {
  const samples: Point[] = [];
  for (let i = 0; i + 3 < points.length; i += 3) {
    const piece = points.slice(i, i + 4) as [Point, Point, Point, Point];
    const [start, , , end] = piece;
    const count = Math.min(MAX_PER_PIECE, Math.max(2, Math.round(Math.hypot(end.x - start.x, end.y - start.y) / STEP)));
    for (let n = 1; n <= count; n++) samples.push(cubicPoint(piece, n / count));
  }
  return samples;
}
