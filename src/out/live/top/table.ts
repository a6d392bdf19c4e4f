import { widthOf } from "../truncate-to-width.ts";
import { row, type ScreenLine, type TextCell } from "./line.ts";

/**
 * Columns of a terminal that a column of a table has: so many, as many as its widest text, or a share of what the others leave;
 * `isOpen`: also where its widest text needs less.
 */
export type ColumnWidth = number | "fit" | { readonly share: number; readonly isOpen?: boolean };

export interface TableCell extends Omit<TextCell, "width"> {
  /** Takes the place of the next cell too, which is left out. */
  readonly isOver?: boolean;
}

/** Rows whose cells stand below each other, of exactly so many columns. No column is wider than its widest text; one without any is left out. */
export function table(
  widths: readonly ColumnWidth[],
  rows: readonly (readonly TableCell[])[],
  columns: number,
): readonly ScreenLine[] {
  const given = givenWidths(widths, rows, columns);
  return rows.map((cells) => {
    const placed = cells.flatMap((cell, index): TextCell[] => {
      if (cells[index - 1]?.isOver === true) return [];
      const [own, next] = [given[index] ?? 0, given[index + 1] ?? 0];
      return [{ ...cell, width: cell.isOver === true && next > 0 ? own + 1 + next : own }];
    });
    return row(placed, columns);
  });
}

function givenWidths(
  widths: readonly ColumnWidth[],
  rows: readonly (readonly TableCell[])[],
  columns: number,
): readonly number[] {
  const widestOf = (index: number, isOver: boolean): number =>
    Math.max(
      0,
      ...rows.map((cells) => {
        const cell = cells[index];
        const isLeftOut = cell === undefined || cells[index - 1]?.isOver === true || (cell.isOver === true) !== isOver;
        return isLeftOut ? 0 : widthOf(cell.text);
      }),
    );
  const hasOver = widths.map((_, index) => rows.some((cells) => cells[index]?.isOver === true));
  const most = widths.map((width, index) => {
    if (typeof width === "number") return width;
    if (typeof width === "object" && width.isOpen === true) return columns;
    return Math.max(widestOf(index, false), hasOver[index] === true ? 1 : 0);
  });
  const gaps = Math.max(0, most.filter((width) => width > 0).length - 1);
  const fixed = widths.reduce(
    (sum: number, width, index) => sum + (typeof width === "object" ? 0 : (most[index] ?? 0)),
    0,
  );
  const shares = widths.map((width, index) => (typeof width === "object" && (most[index] ?? 0) > 0 ? width.share : 0));
  const given = widths.map((width, index) => (typeof width === "object" ? 0 : (most[index] ?? 0)));
  let left = shareOut(Math.max(0, columns - fixed - gaps), shares, most, given);
  for (const [index, isOver] of hasOver.entries()) {
    if (!isOver) continue;
    const missing = widestOf(index, true) - (given[index] ?? 0) - 1 - (given[index + 1] ?? 0);
    const more = Math.max(0, Math.min(left, missing));
    given[index] = (given[index] ?? 0) + more;
    left -= more;
  }
  return given;
}

/** Gives each its share of the columns, but no more than the most that it needs; what that leaves goes to the others. Gives what is left. */
function shareOut(columns: number, shares: readonly number[], most: readonly number[], given: number[]): number {
  let left = columns;
  let open = shares.flatMap((share, index) => (share > 0 ? [index] : []));
  while (open.length > 0) {
    const all = open.reduce((sum, index) => sum + (shares[index] ?? 0), 0);
    const unit = left / all;
    const full = open.filter((index) => (most[index] ?? 0) <= unit * (shares[index] ?? 0));
    for (const index of full) given[index] = most[index] ?? 0;
    if (full.length === 0) break;
    left -= full.reduce((sum, index) => sum + (most[index] ?? 0), 0);
    open = open.filter((index) => !full.includes(index));
  }
  let rest = open.reduce((sum, index) => sum + (shares[index] ?? 0), 0);
  for (const index of open) {
    const width = Math.round((left * (shares[index] ?? 0)) / rest);
    given[index] = width;
    left -= width;
    rest -= shares[index] ?? 0;
  }
  return left;
}
