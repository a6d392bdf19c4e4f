import type { MemoryAmounts } from "../../core/model/history.ts";
import { MEMORY_TYPES, type MemoryType } from "../../core/model/memory-type.ts";
import type { AmountColumn } from "./tables.ts";

type What = "left" | "peak";

type AmountCells = Record<AmountColumn, number | null>;

export const AMOUNT_COLUMNS: readonly AmountColumn[] = MEMORY_TYPES.flatMap((memoryType) => [
  columnOf("left", memoryType),
  columnOf("peak", memoryType),
]);

/** The columns of both amounts of a test; null: not known. */
export function amountCells(left: MemoryAmounts, peak: MemoryAmounts): AmountCells {
  const cells = MEMORY_TYPES.flatMap((memoryType) => [
    [columnOf("left", memoryType), left[memoryType] ?? null],
    [columnOf("peak", memoryType), peak[memoryType] ?? null],
  ]);
  return Object.fromEntries(cells);
}

/** What `amountCells` made the columns of. */
export function amountsOf(what: What, cells: Readonly<AmountCells>): MemoryAmounts {
  const known = MEMORY_TYPES.flatMap((memoryType) => {
    const amount = cells[columnOf(what, memoryType)];
    return amount === null ? [] : [[memoryType, amount] as const];
  });
  return Object.fromEntries(known);
}

function columnOf(what: What, memoryType: MemoryType): AmountColumn {
  const column: `${What}_${string}` = `${what}_${memoryType.toLowerCase()}`;
  return column as AmountColumn;
}
