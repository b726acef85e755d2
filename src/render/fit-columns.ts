import { shortened } from "../text/visible-text.ts";

/** A column of a table, and how it gives way on a narrow terminal. */
export interface FittedColumn {
  /** Cells of the column, its head among them. */
  readonly cells: readonly string[];
  /** The width to which it may be cut at once, and that when all else is not enough; null for never. */
  readonly keeps: { readonly first: number; readonly last: number } | null;
  /** Columns of a lower number are hidden earlier; null for never. */
  readonly hidden: number | null;
}

/** The cells of a column as they are shown; null for a column that is hidden. */
export type FittedCells = readonly string[] | null;

/** What stands at the end of a node's label and says what it is. */
const TYPE = / \([a-z]+\)$/;
/** Characters of a name that stay before its type, at first and when all else is not enough. */
const NAME_KEEPS = { first: 12, last: 6 } as const;

/** At most `max` characters: the middle of the name goes, its type stays whole. */
function shortenedLabel(text: string, max: number): string {
  const type = TYPE.exec(text)?.[0] ?? "";
  return shortened(text.slice(0, text.length - type.length), max - type.length) + type;
}

function lengthOf(text: string): number {
  return [...text].length;
}

function widest(cells: readonly string[], length: (cell: string) => number): number {
  return cells.reduce((most, cell) => Math.max(most, length(cell)), 0);
}

/** How narrow a column can be when its cells are cut, but no type is. */
function narrowest(cells: readonly string[], keep: number, nameKeeps: number): number {
  return widest(cells, (cell) => {
    const type = TYPE.exec(cell)?.[0].length ?? 0;
    return Math.min(lengthOf(cell), Math.max(keep, type === 0 ? 0 : type + nameKeeps));
  });
}

/**
 * Fits columns into `width` characters with `gap` between them: cells lose their middle, the first columns of `order`
 * first, then columns are hidden one rank after the other, then cells lose still more. Where even that is not enough
 * rows are wider.
 */
export function fitColumns(
  columns: readonly FittedColumn[],
  order: readonly number[],
  { width, gap }: { readonly width: number; readonly gap: number },
): readonly FittedCells[] {
  const ranks = [...new Set(columns.flatMap(({ hidden }) => hidden ?? []))].sort((a, b) => a - b);
  const last = ranks.at(-1) ?? 0;
  const attempts = [
    ...[-1, ...ranks.slice(0, -1)].map((rank) => ({ rank, keep: "first" as const })),
    ...[ranks.at(-2) ?? last, last].map((rank) => ({ rank, keep: "last" as const })),
  ];
  let fitted: readonly FittedCells[] = [];
  for (const { rank, keep } of attempts) {
    const isShown = ({ hidden }: FittedColumn): boolean => hidden === null || hidden > rank;
    const widths = columns.map(({ cells }) => widest(cells, lengthOf));
    let excess = columns.reduce((sum, column, i) => sum + (isShown(column) ? (widths[i] ?? 0) + gap : 0), -gap) - width;
    for (const index of order) {
      const column = columns[index];
      if (excess <= 0 || column === undefined || column.keeps === null || !isShown(column)) continue;
      const from = widths[index] ?? 0;
      const to = Math.max(narrowest(column.cells, column.keeps[keep], NAME_KEEPS[keep]), from - excess);
      widths[index] = to;
      excess -= from - to;
    }
    fitted = columns.map((column, i) =>
      isShown(column) ? column.cells.map((cell) => shortenedLabel(cell, widths[i] ?? 0)) : null,
    );
    if (excess <= 0) break;
  }
  return fitted;
}
