import { formatBytes } from "../base/bytes.ts";
import { count } from "../base/count.ts";
import { firstOf } from "../base/first-of.ts";
import type { Allocation } from "../model/run-record.ts";

/** Operations named in one sentence of evidence. */
const OPERATIONS_NAMED_MAX = 5;

/** What one operation's entries of the program cache hold. */
interface OperationShare {
  /** null: not known. */
  readonly operation: string | null;
  /** Bytes per bank x banks, on each chip. */
  readonly sizeBytes: number;
  readonly buffers: number;
}

/** Allocations by the operation that ran when they were made, largest first; what is not known comes last. */
export function shareByOperation(allocations: readonly Allocation[]): OperationShare[] {
  const groups = Map.groupBy(allocations, ({ traced, noted }) => (traced ?? noted)?.operation ?? null);
  const shares = [...groups].map(([operation, all]) => ({
    operation,
    sizeBytes: all.reduce((sum, { bytesPerBank, banks }) => sum + bytesPerBank * banks, 0),
    buffers: all.length,
  }));
  return shares.sort(
    (a, b) =>
      Number(a.operation === null) - Number(b.operation === null) ||
      b.sizeBytes - a.sizeBytes ||
      ((a.operation ?? "") < (b.operation ?? "") ? -1 : 1),
  );
}

/** ": ttnn.reshape 44.5 KB in 20 buffers, ttnn.sum 2 KB in 1 buffer"; empty where no operation is known. */
export function operationsText(allocations: readonly Allocation[]): string {
  const shares = shareByOperation(allocations);
  if (shares.every(({ operation }) => operation === null)) return "";
  const parts = firstOf(shares, OPERATIONS_NAMED_MAX).map(({ operation, sizeBytes, buffers }) => {
    return `${operation ?? "of unknown operations"} ${formatBytes(sizeBytes)} in ${count(buffers, "buffer")}`;
  });
  if (shares.length > parts.length) parts.push(`and ${shares.length - parts.length} more`);
  return `: ${parts.join(", ")}`;
}
