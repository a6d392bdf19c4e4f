import type { ServerGroup } from "./server-group.ts";
import type { StackFrame } from "./stack.ts";

/** What became of one message. */
export type BufferOutcome =
  /** A buffer that was not live. */
  | "allocated"
  /** An allocate of a buffer that is live: one more reference. */
  | "referenced"
  /** A free that leaves references. */
  | "released"
  /** The last free. */
  | "freed"
  /** A free of what was never seen, or too long ago to know. */
  | "unknown-free"
  /** A free of what is known to be freed already. */
  | "double-free"
  /** A free of a buffer that only another process has; nothing is freed. */
  | "foreign-free"
  | "cb-allocated"
  | "cb-freed"
  | "kernel-loaded"
  | "kernel-unloaded"
  /** Cannot be true: `refusal` says which field. Nothing is booked. */
  | "refused"
  /** Nothing to book and nothing to say. */
  | "ignored";

export type HistoryKind = "ALLOC" | "FREE" | "REUSE";

/** One event in a buffer's life. */
export interface HistoryEvent {
  readonly kind: HistoryKind;
  readonly sizeBytes: bigint;
  readonly pid: number;
  /** References after it. */
  readonly refCount: number;
}

/** What is remembered of a buffer: how often it was allocated and freed, and its last events, newest first. */
export interface BufferHistory {
  readonly allocs: number;
  readonly frees: number;
  readonly events: readonly HistoryEvent[];
}

/** One message and what became of it, to be put into words. */
export interface BufferEvent {
  readonly outcome: BufferOutcome;
  readonly device: number;
  /** Address of a buffer, id of a kernel. */
  readonly address: bigint;
  /** Of an allocate as sent; of a free as booked, 0 where nothing is booked. For circular buffers and kernels as sent. */
  readonly sizeBytes: bigint;
  /** Index into BUFFER_TYPE_NAMES or, of a kernel, KERNEL_TYPE_NAMES: as sent with an allocate, as booked with a free. */
  readonly typeIndex: number;
  /** The sender; for `released` and `freed` the owner as booked. */
  readonly pid: number;
  /** References left. */
  readonly refCount: number;
  /** The booked size where an allocate of a live buffer brings another one, else null. */
  readonly previousSizeBytes: bigint | null;
  /** Circular buffers and kernels: the device's total after this, in bytes. Else 0. */
  readonly totalBytes: bigint;
  /** Before this event; null where no history is kept. */
  readonly history: BufferHistory | null;
  /** Of `refused`: the field that cannot be true. */
  readonly refusal: "buffer-type" | "device" | "size" | "full" | null;
}

/** What a device holds, in bytes, unsigned 64-bit. */
export interface DeviceCounters {
  readonly device: number;
  /** Live buffers, whatever their references; without circular buffers and kernels. */
  readonly buffers: number;
  readonly dramBytes: bigint;
  readonly l1Bytes: bigint;
  /** L1_SMALL, and SYSTEM_MEMORY as the earlier server counted it. */
  readonly l1SmallBytes: bigint;
  readonly traceBytes: bigint;
  readonly cbBytes: bigint;
  readonly kernelBytes: bigint;
}

/** Devices that hold anything, ascending. */
export interface StatisticsView {
  readonly devices: readonly DeviceCounters[];
  /** Live buffers of all devices. */
  readonly active: number;
}

/** Buffers of a larger group are not listed individually in a dump, as in the earlier server's. */
export const LISTED_BUFFERS_MAX = 10;

/** What a tracer knows of a live buffer. */
export interface BookedOrigin {
  /** Of the whole buffer as it was asked for; its size is the allocator's. */
  readonly requestedBytes: bigint;
  /** The line that allocated it; null: no line of the user's was recorded. */
  readonly line: StackFrame | null;
  readonly operation: string | null;
  /** The test in which it was allocated; null: none ran, or it is not known. */
  readonly test: string | null;
}

export interface RemainingBuffer {
  readonly address: bigint;
  readonly sizeBytes: bigint;
  readonly pid: number;
  readonly refCount: number;
  readonly history: BufferHistory | null;
  /** Null where its process is not traced. */
  readonly origin: BookedOrigin | null;
}

/** Live buffers of one device and memory type. */
export interface RemainingGroup extends ServerGroup {
  /** The buffers one by one, by address; empty where there are more than the viewer asked to see. */
  readonly listed: readonly RemainingBuffer[];
}

export interface DoubleFreed {
  readonly device: number;
  readonly address: bigint;
  /** All that is remembered, newest first. */
  readonly history: BufferHistory;
}

/** What is live at one checkpoint. */
export interface RemainingView {
  readonly total: number;
  /** By device, then type, ascending. */
  readonly groups: readonly RemainingGroup[];
  /** Buffers freed more often than allocated, as far as known. */
  readonly doubleFreed: readonly DoubleFreed[];
}

export interface LiveKernel {
  readonly device: number;
  readonly id: bigint;
  readonly sizeBytes: bigint;
  readonly pid: number;
  readonly ageSeconds: number;
}

export interface KernelsView {
  /** By device, then id, ascending. */
  readonly kernels: readonly LiveKernel[];
  /** Kernel bytes by device, as counted. */
  readonly totalBytes: ReadonlyMap<number, bigint>;
}

/** What a process that ended left. */
export interface EndedProcess {
  readonly pid: number;
  readonly buffers: number;
  readonly bufferBytes: bigint;
  readonly cbs: number;
  readonly cbBytes: bigint;
  readonly kernels: number;
  readonly kernelBytes: bigint;
  /** Its buffers by device and memory type; none of the earlier server's books. */
  readonly groups: readonly ServerGroup[];
  /** Whether that is known from its ring. */
  readonly isTraced: boolean;
}

/** One live buffer, for who looks at all of them. */
export interface BookedBuffer {
  readonly device: number;
  /** As ServerGroup's. */
  readonly memoryType: string;
  readonly address: bigint;
  readonly sizeBytes: bigint;
  readonly pid: number;
  readonly refCount: number;
  /** How often it was allocated and freed, in this life and before as far as remembered. */
  readonly allocs: number;
  readonly frees: number;
  /** Number of its allocation among all. */
  readonly birth: number;
  /** Null where its process is not traced. */
  readonly origin: BookedOrigin | null;
}
