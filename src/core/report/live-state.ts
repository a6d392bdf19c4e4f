import { banksOf, blockBytesPerBank, deviceNumberOf, tracedSizeOf } from "../ledger/traced-size.ts";
import type { StackFrame } from "../model/stack.ts";
import type { TraceRecord } from "../model/trace-record.ts";
import type { NeverFreed } from "../model/trace-report.ts";
import { groupNeverFreed } from "../verdicts/never-freed.ts";

/** Buffers of one memory that one line allocated in one test. */
export interface LiveGroup extends NeverFreed {
  /** null: in none, or not known. */
  readonly test: string | null;
}

/**
 * What was live in one process, by the line and the test that allocated it, largest first.
 *
 * @param births records of allocations
 * @param testOf the test that a context belongs to
 * @param rootDir absolute; files are relative to it
 */
export function liveGroups(
  births: readonly TraceRecord[],
  stacks: ReadonlyMap<number, readonly StackFrame[]>,
  testOf: (context: number) => string | null,
  rootDir: string,
): LiveGroup[] {
  const byTest = Map.groupBy(births, ({ context }) => testOf(context));
  const groups = [...byTest].flatMap(([test, some]) => {
    return groupNeverFreed(some.flatMap(keptBuffer), stacks, rootDir).map((group) => ({ ...group, test }));
  });
  return groups.toSorted((a, b) => b.sizeBytes - a.sizeBytes || a.device - b.device);
}

function keptBuffer(record: TraceRecord) {
  const { memoryType, stack, operation, sizeBytes: requestedBytes } = record;
  if (memoryType === null) return [];
  const extent = { requestedBytes, bytesPerBank: blockBytesPerBank(record), banks: banksOf(record) };
  return [{ ...deviceNumberOf(record), ...tracedSizeOf(extent), memoryType, stack, operation }];
}
