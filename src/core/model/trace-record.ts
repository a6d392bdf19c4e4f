import type { TestRef } from "./event.ts";
import type { FixtureRef } from "./measurement.ts";
import type { MemoryType } from "./memory-type.ts";
import type { Phase } from "./phase.ts";
import type { StackFrame } from "./stack.ts";

/** What a tracer's record can say (docs/formats.md, "Ring"). */
export const TRACE_KINDS = [
  "allocate",
  "free",
  "allocate-failed",
  "allocator-cleared",
  "allocator-destroyed",
  "cb-allocate",
  "cb-clear",
  "free-failed",
  "mark",
  "connect",
  "capture-begin",
  "capture-end",
  "replay",
  "release",
] as const;

export type TraceKind = (typeof TRACE_KINDS)[number];

/**
 * One event of a traced process. Valid while it is handed over and no longer: readers fill one object again and again.
 * Addresses and identities are exact up to 2^53, which is more than any pointer of user space and any bank has.
 */
export interface TraceRecord {
  readonly kind: TraceKind;
  /** `MeshDevice.id()`; -1 where it is not known. */
  readonly device: number;
  /** null: a type that is not followed, such as host memory. */
  readonly memoryType: MemoryType | null;
  readonly address: number;
  /** Of the whole buffer as it was asked for, over all banks. */
  readonly sizeBytes: number;
  /** Before the allocator rounds up. */
  readonly bytesPerBank: number;
  /** Unique among the live buffers of its allocator. */
  readonly buffer: number;
  readonly allocator: number;
  /** Of the operating system. */
  readonly thread: number;
  /** Number of the context (test and phase) the plugin had set; 0: none. */
  readonly context: number;
  /** Number of the Python stack; 0: none. */
  readonly stack: number;
  /** Number of the stack whose only frame is named as the ttnn operation that ran; 0: none. */
  readonly operation: number;
  /** CLOCK_MONOTONIC. */
  readonly timeNs: number;
  /** Of a circular buffer: it lies in a buffer, and takes no memory of its own. */
  readonly isInBuffer: boolean;
  /** Logical id of the device's first chip; null: not known. Of circular buffers; and with the next two of allocations, failed or not. */
  readonly chip: number | null;
  /** Of the memory type; 0: not known. */
  readonly banks: number;
  /** Bytes per bank that the allocator rounds up to; 0: not known. */
  readonly unitBytes: number;
}

/** Who takes a ring's records, in the order they were made. */
export interface TraceSink {
  record(record: TraceRecord): void;
  /** Whether no more is to be handed over for now; what follows is read later. */
  readonly isPaused?: boolean;
  /** This many records, at this place of the stream, were overwritten before they were read. */
  lost(records: number): void;
}

/** One that knows what is live once it has taken the records so far. */
export interface LedgerSink extends TraceSink {
  /** Records of the births of what is live, which may have been made anew. */
  births(): Iterable<TraceRecord>;
}

/** Where in a run a traced event happened. */
export interface TraceContext {
  /** null: outside of any test. */
  readonly ref: TestRef | null;
  readonly phase: Phase | null;
  /** The wider fixture that was being set up. */
  readonly fixture: FixtureRef | null;
  /** The subtest that ran, by its message and parameters, after those around it; null: none. */
  readonly subtest: string | null;
}

/** The number a device has wherever it is reported. */
export interface DeviceNumber {
  /** Logical id of its first chip; where that is not known, what `openedAs` says. */
  readonly device: number;
  /** Where the chip is not known, `MeshDevice.id()`, which is unique for each opening, or -1; else null. */
  readonly openedAs: number | null;
}

/** The size of traced buffers. */
export interface TracedSize {
  /** Bytes per bank x banks, as the allocator counts them; where `isExact` is false, what was asked for. */
  readonly sizeBytes: number;
  readonly isExact: boolean;
  /** Of whole buffers as they were asked for, over all banks. */
  readonly requestedBytes: number;
}

/** Where in a run a buffer was allocated, and by which line. */
export interface Birth {
  /** null: it happened before the plugin had named a context. */
  readonly context: TraceContext | null;
  /** Innermost first; empty where stacks were off, no Python code ran, or it is not known. */
  readonly stack: readonly StackFrame[];
  /** The ttnn operation that allocated it; null: none ran, or it is not known. */
  readonly operation: string | null;
}

/** What a tracer knows of one allocation. */
export interface TracedLife extends Birth {
  /** Where it was freed; null: it was not, or by the end of its allocator, or the record was lost. */
  readonly freed: TraceContext | null;
  /** Of the whole buffer as it was asked for, over all banks; null: not known. */
  readonly requestedBytes: number | null;
}

/** What one line allocated, in one phase of one test, while operations that were captured could be replayed. */
export interface ExposedToReplay extends DeviceNumber {
  readonly process: number;
  readonly memoryType: MemoryType;
  readonly buffers: number;
  /** Of all of them; where `isExact` is false, some are as they were asked for. */
  readonly sizeBytes: number;
  readonly isExact: boolean;
  /** How many of them were live at a replay. */
  readonly replayed: number;
  readonly at: TraceContext | null;
  readonly stack: readonly StackFrame[];
  readonly operation: string | null;
}

/** How well a process could be traced. */
export interface TraceSummary {
  /** `live`: events were recorded; `unavailable`: they could not be; null: nobody asked. */
  readonly state: "live" | "unavailable" | null;
  /** Why not. */
  readonly reason: string;
  readonly records: number;
  readonly lost: number;
  /** Comparisons of the traced buffers with the allocator's own list. */
  readonly comparisons: number;
  /** Failed allocations beyond those that are listed individually. */
  readonly moreOutOfMemory: number;
  /** Buffers that a replay may overwrite, beyond those that are listed by line. */
  readonly moreExposed: number;
  /** Buffers that were corrected from the allocator's list, after records had been lost. */
  readonly repaired: number;
}
