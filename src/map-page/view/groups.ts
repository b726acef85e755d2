import type { MapData } from "../../model/map-data.ts";
import type { Shown } from "./shown.ts";

/** More nodes than this are folded, unless the view says otherwise. */
const FOLD_ABOVE = 150;

/** Of a column of nodes, so that its title can be read. */
const LEAST_WIDTH = 190;
const LEAST_HEIGHT = 64;

/** A namespace, or a column of nodes outside of them, which can be folded to one box. */
interface Group {
  readonly title: string;
  /** Indices into `MapData.nodes`. */
  readonly members: readonly number[];
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The groups of a map: its namespaces in their order, then the others. */
export class Groups {
  #all: readonly Group[] = [];
  #groupOf: readonly (number | null)[] = [];

  constructor(data: MapData) {
    this.read(data);
  }

  get all(): readonly Group[] {
    return this.#all;
  }

  /** Call after the data changed. */
  read(data: MapData): void {
    const { nodes, namespaces, edges, isCompact } = data;
    const groupOf = nodes.map(({ namespace }) => namespace);
    const members = namespaces.map((): number[] => []);
    nodes.forEach(({ namespace }, index) => {
      if (namespace !== null) members[namespace]?.push(index);
    });
    const all: Group[] = namespaces.map(({ name, ...box }, index) => ({
      ...box,
      title: name,
      members: members[index] ?? [],
    }));
    // The layout of large maps has two columns of nodes without a namespace; in small ones they are anywhere.
    if (isCompact) {
      const called = new Set(edges.map(({ server }) => server));
      const outside = nodes.flatMap(({ namespace }, index) => (namespace === null ? [index] : []));
      for (const [title, column] of [
        ["outside clients", outside.filter((index) => !called.has(index))],
        ["outside servers", outside.filter((index) => called.has(index))],
      ] as const) {
        if (column.length === 0) continue;
        for (const index of column) groupOf[index] = all.length;
        all.push({ title, members: column, ...frameOf(data, column) });
      }
    }
    this.#all = all;
    this.#groupOf = groupOf;
  }

  /** Null for a node without a group. */
  of(node: number): number | null {
    return this.#groupOf[node] ?? null;
  }

  /** The groups that a view shows as one box. */
  folded(shown: Shown, toggled: readonly string[]): ReadonlySet<number> {
    const isFolded = shown.nodes.size > FOLD_ABOVE;
    const visible = new Set([...shown.nodes].map((node) => this.of(node)));
    return new Set(
      this.all.flatMap(({ title }, index) =>
        visible.has(index) && toggled.includes(title) !== isFolded ? [index] : [],
      ),
    );
  }
}

function frameOf({ nodes }: MapData, members: readonly number[]): Pick<Group, "x" | "y" | "width" | "height"> {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const index of members) {
    const { x = 0, y = 0, width = 0, height = 0 } = nodes[index] ?? {};
    left = Math.min(left, x - width / 2);
    right = Math.max(right, x + width / 2);
    top = Math.min(top, y - height / 2);
    bottom = Math.max(bottom, y + height / 2);
  }
  return {
    x: (left + right) / 2,
    y: (top + bottom) / 2,
    width: Math.max(LEAST_WIDTH, right - left),
    height: Math.max(LEAST_HEIGHT, bottom - top),
  };
}
