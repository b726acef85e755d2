import stringWidth from "string-width";

/** Columns between two cells. */
export const GAP = 2;

/** Aligns the cells of all rows; `right` marks columns that are aligned right. Tables have up to 50,000 rows. */
export function alignedLines(rows: readonly (readonly string[])[], right: readonly boolean[]): string[] {
  const widthsOf = rows.map((row) => row.map((cell) => stringWidth(cell)));
  const widths = right.map((_, column) => widthsOf.reduce((most, row) => Math.max(most, row[column] ?? 0), 1));
  return rows.map((row, i) =>
    row
      .map((cell, column) => {
        const blanks = " ".repeat((widths[column] ?? 0) - (widthsOf[i]?.[column] ?? 0));
        return right[column] ? blanks + cell : cell + blanks;
      })
      .join(" ".repeat(GAP))
      .trimEnd(),
  );
}
