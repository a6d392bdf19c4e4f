import type { AllocationColumns } from "../../../src/core/model/timeline.ts";

/** The rows of what was live of a series at an instant: born at it or before, and not freed by then. */
export function liveRows(
  { rows, bornNs, diedNs, series }: AllocationColumns,
  ofSeries: number,
  atNs: number,
): number[] {
  const live: number[] = [];
  for (let row = 0; row < rows; row++) {
    if (series[row] === ofSeries && (bornNs[row] ?? 0) <= atNs && (diedNs[row] ?? 0) > atNs) live.push(row);
  }
  return live;
}
