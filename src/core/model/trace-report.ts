import type { Origin } from "./finding.ts";
import type { OutOfMemoryReport, RunOfTest } from "./memory-shortage-report.ts";
import type { MemoryType } from "./memory-type.ts";
import type { DeviceNumber, TracedSize } from "./trace-record.ts";

/** Buffers of one memory that one line allocated and nothing freed. */
export interface NeverFreed extends DeviceNumber, TracedSize {
  readonly memoryType: MemoryType;
  readonly buffers: number;
  /** null: the line is not known. */
  readonly origin: Origin | null;
}

/** What one memory of a device held at most, over all its openings. */
export interface PeakUse extends DeviceNumber {
  readonly memoryType: MemoryType;
  /** Bytes per bank x banks, as the allocator counts them; where `isExact` is false, some of it is what was asked for. */
  readonly peakBytes: number;
  readonly isExact: boolean;
}

/** What of a memory that one line had allocated was live when it ran out. */
export interface LineShare {
  /** null: the line is not known. */
  readonly origin: Origin | null;
  readonly buffers: number;
  readonly bytesPerBank: number;
}

/** An allocation that failed in a program without tests. */
export interface TracedOutOfMemory extends Omit<OutOfMemoryReport, "live" | "atNs" | keyof RunOfTest> {
  /** By the lines that had allocated it, largest first. */
  readonly live: readonly LineShare[];
}

export interface ProcessTraceReport {
  readonly pid: number;
  readonly records: number;
  readonly lost: number;
  readonly peaks: readonly PeakUse[];
  /** Largest first. */
  readonly neverFreed: readonly NeverFreed[];
  readonly outOfMemory: readonly TracedOutOfMemory[];
}

/** What a program without pytest did to device memory. */
export interface TraceReport {
  readonly command: readonly string[];
  readonly engine: string;
  /** 128 + n where signal n ended it; null: the report is of a recording that ends before. */
  readonly commandExitCode: number | null;
  readonly durationMs: number;
  readonly processes: readonly ProcessTraceReport[];
  /** Anything that lowers confidence, a sentence each. */
  readonly warnings: readonly string[];
}
