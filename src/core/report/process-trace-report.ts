import { ProcessTrace } from "../ledger/run/process-trace.ts";
import type { TracedMemory } from "../ledger/run/traced-memory.ts";
import { deviceNumberOf, tracedSizeOf } from "../ledger/traced-size.ts";
import type { OwnerShare, RunOfTest } from "../model/memory-shortage-report.ts";
import type { StackFrame } from "../model/stack.ts";
import type { LineShare, ProcessTraceReport } from "../model/trace-report.ts";
import { groupNeverFreed } from "../verdicts/never-freed.ts";
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
  const kept = [...memory.neverFreed()].map(({ memoryType, stack, operation, ...buffer }) => {
    return { ...deviceNumberOf(buffer), memoryType, ...tracedSizeOf(buffer), stack, operation };
  });
  return {
    pid,
    records,
    lost,
    peaks: memory.peaks(),
    neverFreed: groupNeverFreed(kept, stacks, rootDir),
    outOfMemory: ProcessTrace.ofProgram(memory, stacks)
      .outOfMemory()
      .map((moment) => {
        const process = { pid, rootDir, positionOf: () => null, runOf: () => NO_TEST };
        const { attempt: _, repeat: __, outcome: ___, atNs: ____, ...failed } = outOfMemoryReport(moment, process);
        return { ...failed, live: failed.owners.map(lineShare) };
      }),
  };
}

const NO_TEST: RunOfTest = { attempt: null, repeat: 0, outcome: null };

/** Without tests, owners are lines. */
function lineShare({ origin, buffers, bytesPerBank }: OwnerShare): LineShare {
  return { origin, buffers, bytesPerBank };
}
