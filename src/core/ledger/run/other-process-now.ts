import type { StackFrame } from "../../model/stack.ts";
import { inOrder, type ProcessNow, tracedNow } from "./process-now.ts";
import { ProcessTrace } from "./process-trace.ts";
import type { TracedMemory } from "./traced-memory.ts";

/** A traced process without pytest, as it is now. */
export interface OtherNow extends Pick<ProcessNow, "memories" | "peaks" | "lostRecords"> {
  readonly pid: number;
}

/** `stacks`: the Python stacks that it has named so far, by number. `listedMax`: buffers of each memory that are listed. */
export function otherNow(
  pid: number,
  memory: TracedMemory,
  stacks: ReadonlyMap<number, readonly StackFrame[]>,
  listedMax: number,
): OtherNow {
  const memories = tracedNow(ProcessTrace.ofProgram(memory, stacks), listedMax).toSorted(inOrder);
  return { pid, memories, peaks: memory.peaks(), lostRecords: memory.lostRecords };
}
