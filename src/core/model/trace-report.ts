import type { Origin } from "./finding.ts";
import type { MemoryType } from "./memory-type.ts";
import type { OutOfMemoryReport } from "./run-report.ts";

/** Buffers of one memory that one line allocated and nothing freed. */
export interface NeverFreed {
  readonly device: number;
  readonly memoryType: MemoryType;
  readonly buffers: number;
  /** Of whole buffers, over all banks. */
  readonly sizeBytes: number;
  /** null: the line is not known. */
  readonly origin: Origin | null;
}

/** What one memory of one device held at most. */
interface PeakUse {
  readonly device: number;
  readonly memoryType: MemoryType;
  readonly peakBytes: number;
}

export interface ProcessTraceReport {
  readonly pid: number;
  readonly records: number;
  readonly lost: number;
  readonly peaks: readonly PeakUse[];
  /** Largest first. */
  readonly neverFreed: readonly NeverFreed[];
  readonly outOfMemory: readonly OutOfMemoryReport[];
}

/** What a program without pytest did to device memory. */
export interface TraceReport {
  readonly command: readonly string[];
  readonly engine: string;
  /** 128 + n where signal n ended it. */
  readonly commandExitCode: number;
  readonly durationMs: number;
  readonly processes: readonly ProcessTraceReport[];
  /** Anything that lowers confidence, a sentence each. */
  readonly warnings: readonly string[];
}
