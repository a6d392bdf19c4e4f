import { formatBytes } from "../../../core/base/bytes.ts";
import { printable } from "../../../core/base/printable.ts";
import { BETWEEN_TESTS } from "../../../core/model/baseline.ts";
import type { Leftover } from "../../../core/model/comparison.ts";
import { describeOrigin } from "../finding-words.ts";
import { plainTable } from "../plain-table.ts";

const COLUMNS = [
  ["", "right"],
  ["left", "right"],
  ["memory", "left"],
  ["verdict", "left"],
  ["test", "left"],
  ["origin", "left"],
] as const;

/** What a run left, with the numbers to choose by. */
export function leftoversTable(leftovers: readonly Leftover[]): string {
  if (leftovers.length === 0) return "the run left nothing that could be suppressed\n";
  return `${plainTable(COLUMNS, leftovers.map(rowOf))}\n`;
}

function rowOf(leftover: Leftover, index: number): string[] {
  const { sizeBytes, memoryType, verdict, test } = leftover;
  const name = printable(test ?? BETWEEN_TESTS);
  return [`${index + 1}`, formatBytes(sizeBytes), memoryType ?? "", verdict, name, placeOfLeftover(leftover)];
}

/** Where it was allocated, or else what holds it; empty: neither is known. */
export function placeOfLeftover({ origin, holder }: Leftover): string {
  if (origin !== null) return describeOrigin(origin);
  return holder === null ? "" : `held by ${printable(holder)}`;
}
