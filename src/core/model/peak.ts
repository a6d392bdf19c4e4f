import type { MemoryType } from "./memory-type.ts";
import type { Phase } from "./phase.ts";
import type { StackFrame } from "./stack.ts";
import type { DeviceNumber } from "./trace-record.ts";

/** Memory that was live at one instant. */
export interface PeakAmount {
  /** Bytes per bank x banks, as the allocator counts them. */
  readonly sizeBytes: number;
  /** Of L1, on each core. */
  readonly bytesPerBank: number;
}

/** What one line had allocated of what was live at a peak. */
interface PeakShare extends PeakAmount {
  readonly buffers: number;
  /** Innermost first. */
  readonly stack: readonly StackFrame[];
  readonly operation: string | null;
}

/** What the circular buffers of programs took of each core's L1, where programs were dispatched for the first time. */
export interface CircularUse {
  /** Of the program with the most, up to the end of its last circular buffer. */
  readonly bytesPerCore: number;
  /** Of the program with the most when the buffers that were live then are added. */
  readonly withBuffersBytesPerCore: number;
}

/** The most that was live at once in one memory of one device while one test ran, by its traced records. */
export interface TestPeak extends DeviceNumber {
  readonly memoryType: MemoryType;
  /** Whether all sizes are as the allocator counts them; else some are as they were asked for. */
  readonly isExact: boolean;
  /** Of what the test itself allocated, its function-scoped fixtures included. */
  readonly own: PeakAmount;
  /** Of everything, whoever allocated it; not at the same instant as `own`, as a rule. */
  readonly total: PeakAmount;
  /** Live at the instant of `own` and allocated by others: earlier tests, wider fixtures. */
  readonly others: PeakAmount;
  /** Of `own`: what the operation that allocated it gave back before it ended. */
  readonly intermediates: PeakAmount;
  /** Where `own` was reached; null: the test allocated nothing in this memory. */
  readonly phase: Phase | null;
  readonly stack: readonly StackFrame[];
  readonly operation: string | null;
  /** What `own` was made of, largest first; at most as many as a reader looks at. */
  readonly largest: readonly PeakShare[];
  /** null: no program was seen to be dispatched, or the memory is not L1. */
  readonly circular: CircularUse | null;
}

/** All that was traced of one test's peaks. */
export interface TestPeaks {
  readonly memories: readonly TestPeak[];
  /** Of devices of which the test used several memory types: the most that it had live at once in all of them together. */
  readonly together: readonly (DeviceNumber & { readonly sizeBytes: number })[];
}
