import type { TestRef } from "./event.ts";
import type { BufferClash, RegionTooLarge } from "./memory-error.ts";
import type { MemoryType } from "./memory-type.ts";
import type { StackFrame } from "./stack.ts";
import type { Birth, DeviceNumber, TraceContext, TracedSize } from "./trace-record.ts";

/** Where the buffers of one memory lie in each of its banks, in the order of their addresses. */
export interface Layout {
  readonly addresses: Float64Array;
  readonly bytesPerBank: Float64Array;
  /** Which of the shares each belongs to. */
  readonly shares: Uint32Array;
}

/** Live buffers that one line allocated in one part of the run. */
export interface LiveShare extends Birth {
  readonly buffers: number;
  readonly bytesPerBank: number;
  /** When the oldest was allocated, by CLOCK_MONOTONIC; null: not known. */
  readonly oldestNs: number | null;
}

/** The addresses that one memory has in each of its banks. */
export interface MemoryRange {
  readonly banks: number;
  readonly totalBytesPerBank: number;
  readonly base: number;
}

/** What was live in one memory when it ran out. */
export interface MemoryState {
  /** null: nobody measured the device, so it is not known how large the memory is. */
  readonly range: MemoryRange | null;
  readonly shares: readonly LiveShare[];
  /** null: there are more buffers than are kept. */
  readonly layout: Layout | null;
  /**
   * `looks`: the allocator was asked, before or after. `nothing`: ttnn names no device, and it was closed since or more
   * than one fits.
   */
  readonly knownFrom: "events" | "looks" | "nothing";
  /** Whether all of it is known, as it was at that instant. */
  readonly isWhole: boolean;
}

/** An allocation that failed. */
export interface OutOfMemory extends DeviceNumber, TracedSize {
  readonly process: number;
  /** Who reported it: the tracer, or the exception of a test that failed. */
  readonly source: "events" | "message";
  readonly memoryType: MemoryType;
  /** What was asked for in each bank, as the allocator counts it. */
  readonly bytesPerBank: number;
  readonly at: TraceContext | null;
  /** CLOCK_MONOTONIC; null: not known. */
  readonly atNs: number | null;
  readonly stack: readonly StackFrame[];
  readonly operation: string | null;
  /** The allocator's own words; null: nobody heard them. */
  readonly said: {
    readonly totalBytesPerBank: number | null;
    readonly freeBytesPerBank: number | null;
    readonly largestFreeBytesPerBank: number | null;
  } | null;
  readonly memory: MemoryState;
}

/** A program whose static buffers found no room in L1. */
export interface Clash extends DeviceNumber {
  readonly process: number;
  readonly error: BufferClash | RegionTooLarge;
  readonly ref: TestRef | null;
  readonly atNs: number | null;
  readonly stack: readonly StackFrame[];
  /** What was live in L1 then. */
  readonly memory: MemoryState;
}
