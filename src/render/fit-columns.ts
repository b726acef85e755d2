import { shortened } from "../text/visible-text.ts";

/** A column of a table, and how it shrinks on a narrow terminal. */
export interface FittedColumn {
  /** Cells of the column, including its head. */
  readonly cells: readonly string[];
  /** Minimal widths in the first attempt and in the last one; null if the column never shrinks. */
  readonly minWidth: { readonly first: number; readonly last: number } | null;
  /** Columns with a lower rank are hidden first; null if the column is never hidden. */
  readonly hidden: number | null;
}

/** The fitted cells of a column; null if it is hidden. */
type FittedCells = readonly string[] | null;

/** The type at the end of a node label. */
const TYPE = / \([a-z]+\)$/;
/** Minimal characters of a name before its type, in the first attempt and in the last one. */
const MIN_NAME = { first: 12, last: 6 } as const;

/** At most `max` characters: cuts the middle of the name, and keeps the type. */
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

/** Minimal width of a column whose types are kept. */
function narrowest(cells: readonly string[], min: number, minName: number): number {
  return widest(cells, (cell) => {
    const type = TYPE.exec(cell)?.[0].length ?? 0;
    return Math.min(lengthOf(cell), Math.max(min, type === 0 ? 0 : type + minName));
  });
}

/**
 * Fits columns into `width` characters with `gap` between them: cuts the middle of cells in the order of `order`, then
 * hides columns rank by rank, then cuts more. Rows are wider than `width` if that is not enough.
 */
export function fitColumns(
  columns: readonly FittedColumn[],
  order: readonly number[],
  { width, gap }: { readonly width: number; readonly gap: number },
): readonly FittedCells[] {
  const ranks = [...new Set(columns.flatMap(({ hidden }) => hidden ?? []))].sort((a, b) => a - b);
  const last = ranks.at(-1) ?? 0;
  const attempts = [
    ...[-1, ...ranks.slice(0, -1)].map((rank) => ({ rank, stage: "first" as const })),
    ...[ranks.at(-2) ?? last, last].map((rank) => ({ rank, stage: "last" as const })),
  ];
  let fitted: readonly FittedCells[] = [];
  for (const { rank, stage } of attempts) {
    const isShown = ({ hidden }: FittedColumn): boolean => hidden === null || hidden > rank;
    const widths = columns.map(({ cells }) => widest(cells, lengthOf));
    let excess = columns.reduce((sum, column, i) => sum + (isShown(column) ? (widths[i] ?? 0) + gap : 0), -gap) - width;
    for (const index of order) {
      const column = columns[index];
      if (excess <= 0 || column === undefined || column.minWidth === null || !isShown(column)) continue;
      const from = widths[index] ?? 0;
      const to = Math.max(narrowest(column.cells, column.minWidth[stage], MIN_NAME[stage]), from - excess);
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
