import type { Outcome } from "./event.ts";
import type { MemoryType } from "./memory-type.ts";
import type { Phase } from "./phase.ts";
import type { StackFrame } from "./stack.ts";
import type { DeviceNumber } from "./trace-record.ts";

/**
 * A run over time: what each memory held, which test ran, and which buffer lived when. Times are ns of CLOCK_MONOTONIC, which all
 * processes of one host share; sizes are bytes on each chip.
 */
export interface Timeline {
  /** 0 where nothing happened. */
  readonly beginNs: number;
  /** Of the last thing that is known. */
  readonly endNs: number;
  /** Length of what one value of a series stands for. */
  readonly bucketNs: number;
  readonly series: readonly TimelineSeries[];
  /** Series beyond those that are kept: their allocations are not in the table either. */
  readonly moreSeries: number;
  /** In the order in which they began; of each attempt and repeat, one. */
  readonly tests: readonly TestSpan[];
  readonly origins: readonly TimelineOrigin[];
  readonly allocations: AllocationColumns;
}

/** What one process had in use of one memory of one device. A child that was forked for a test counts as its parent. */
export interface TimelineSeries extends DeviceNumber {
  readonly pid: number;
  readonly memoryType: MemoryType;
  /**
   * `events`: every allocation was followed. `looks`: the allocator was asked at the beginning and the end of each test. `checkpoints`:
   * of a recording that was not read yet those are drawn, and of its allocations those are listed that were live at the end.
   */
  readonly knownFrom: "events" | "looks" | "checkpoints";
  /** null: nobody asked the allocator. */
  readonly capacityBytes: number | null;
  /** Traced events that were lost: from there on what is said to be in use may be too much or too little. */
  readonly lostRecords: number;
  /** By bucket, from `beginNs` on: the least, the most and the last in use. What follows the last value is as it was. */
  readonly leastBytes: Float64Array;
  readonly mostBytes: Float64Array;
  readonly lastBytes: Float64Array;
}

export interface TestSpan {
  readonly test: string;
  readonly attempt: number;
  /** 0 for the test itself; n for its nth repeat. */
  readonly repeat: number;
  readonly pid: number;
  readonly beginNs: number;
  /** null: it has not ended. */
  readonly endNs: number | null;
  readonly outcome: Outcome | null;
  /** When each phase began; only of traced processes. */
  readonly phases: readonly { readonly phase: Phase; readonly beginNs: number }[];
}

/** Who made allocations. */
export interface TimelineOrigin {
  /** null: no ttnn operation ran, or it is not known. */
  readonly operation: string | null;
  /** Innermost first; empty where it is not known. */
  readonly stack: readonly StackFrame[];
}

/** One allocation a row, in the order in which they were heard of: of each process that of their births. */
export interface AllocationColumns {
  readonly rows: number;
  readonly bornNs: Float64Array;
  /** Infinity: it is live at the end. */
  readonly diedNs: Float64Array;
  /** In each bank. */
  readonly address: Float64Array;
  readonly sizeBytes: Float64Array;
  /** Index into `Timeline.series`. */
  readonly series: Uint16Array;
  /** Index into `Timeline.origins`. */
  readonly origin: Uint32Array;
  /** Index into `Timeline.tests` of the test in which it was born, and in which it died; -1: in none, or not known. */
  readonly test: Int32Array;
  readonly freedIn: Int32Array;
  /** Those that are left out: there were too many, and these lived shorter than `omittedBelowNs`. */
  readonly omitted: number;
  readonly omittedBelowNs: number;
}
