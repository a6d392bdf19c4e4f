import type { FailedAllocation } from "../ledger/run/failed-allocations.ts";
import { ProcessTrace } from "../ledger/run/process-trace.ts";
import type { TracedMemory } from "../ledger/run/traced-memory.ts";
import { deviceNumberOf, tracedSizeOf } from "../ledger/traced-size.ts";
import type { StackFrame } from "../model/stack.ts";
import type { LineShare, ProcessTraceReport } from "../model/trace-report.ts";
import { groupNeverFreed } from "../verdicts/never-freed.ts";
import { originOf } from "../verdicts/origin.ts";
import { outOfMemoryReport } from "./out-of-memory.ts";

/**
 * What one traced process without pytest did to device memory.
 *
 * @param memory everything the process recorded, to the end
 * @param stacks the Python stacks it named, by number
 * @param rootDir absolute; files are relative to it
 */
export function processTraceReport(
  { pid, records, lost }: Pick<ProcessTraceReport, "pid" | "records" | "lost">,
  memory: TracedMemory,
  stacks: ReadonlyMap<number, readonly StackFrame[]>,
  rootDir: string,
): ProcessTraceReport {
  const process = new ProcessTrace(0);
  process.follow(memory);
  process.setStacks(stacks);
  const kept = [...memory.neverFreed()].map(({ memoryType, stack, operation, ...buffer }) => {
    return { ...deviceNumberOf(buffer), memoryType, ...tracedSizeOf(buffer), stack, operation };
  });
  return {
    pid,
    records,
    lost,
    peaks: memory.peaks(),
    neverFreed: groupNeverFreed(kept, stacks, rootDir),
    outOfMemory: process.outOfMemory().map((moment, index) => ({
      ...outOfMemoryReport(moment, pid, rootDir),
      live: sharesByLine(memory.failedAllocations()[index], stacks, rootDir),
    })),
  };
}

/** What was live when an allocation failed, by the line that had allocated it, largest first. */
function sharesByLine(
  failed: FailedAllocation | undefined,
  stacks: ReadonlyMap<number, readonly StackFrame[]>,
  rootDir: string,
): LineShare[] {
  const shares = new Map<string, LineShare>();
  for (const [stack, { operation, buffers, bytesPerBank }] of failed?.liveByStack ?? []) {
    const name = stacks.get(operation)?.[0]?.function ?? null;
    const origin = originOf(stacks.get(stack) ?? [], name, { rootDir, testFile: null });
    const key = JSON.stringify(origin);
    const { buffers: before, bytesPerBank: bytesBefore } = shares.get(key) ?? { buffers: 0, bytesPerBank: 0 };
    shares.set(key, { origin, buffers: before + buffers, bytesPerBank: bytesBefore + bytesPerBank });
  }
  return [...shares.values()].sort((a, b) => b.bytesPerBank - a.bytesPerBank);
}
