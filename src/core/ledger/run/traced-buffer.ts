import type { MemoryType } from "../../model/memory-type.ts";
import type { TraceRecord } from "../../model/trace-record.ts";
import { banksOf, blockBytesPerBank } from "../traced-size.ts";

type BirthRecord = Pick<
  TraceRecord,
  | "device"
  | "chip"
  | "address"
  | "sizeBytes"
  | "bytesPerBank"
  | "banks"
  | "unitBytes"
  | "context"
  | "stack"
  | "operation"
  | "timeNs"
>;

/**
 * One buffer, from its record of birth on. A class, because V8 puts objects that are written down literally among the old ones
 * at once if many of them live long at first: then each costs three times as much.
 */
export class TracedBuffer {
  /** `MeshDevice.id()`. */
  readonly device: number;
  /** Logical id of the device's first chip; null: not known. */
  readonly chip: number | null;
  readonly memoryType: MemoryType;
  readonly address: number;
  /** Of the whole buffer as it was asked for; 0 where its birth was not recorded. */
  readonly requestedBytes: number;
  /** As the allocator counts them, where it is known what it rounds up to. */
  readonly bytesPerBank: number;
  /** 0: its size is known as it was asked for only. */
  readonly banks: number;
  /** Numbers of the context and stack it was allocated in; 0: none. */
  readonly context: number;
  readonly stack: number;
  readonly operation: number;
  /** Number of the run of its operation, by the records around its birth. */
  readonly operationRun: number;
  /** CLOCK_MONOTONIC; 0 where its birth was not recorded. */
  readonly bornNs: number;
  /** Number of the context in which it was freed. */
  freedContext: number | null = null;
  /** Whether it was freed by itself, not with all that its allocator had. */
  isFreed = false;
  /** Whether the operation that allocated it gave it back before it ended. */
  isIntermediate = false;
  /** CLOCK_MONOTONIC; null: it is live, or its death was lost. */
  diedNs: number | null = null;
  /** Of `SinceMark`, which counts what was born since; 0: it is over, or was born before. */
  bornSince = 0;

  constructor(birth: BirthRecord, memoryType: MemoryType, operationRun: number) {
    this.device = birth.device;
    this.chip = birth.chip;
    this.memoryType = memoryType;
    this.address = birth.address;
    this.requestedBytes = birth.sizeBytes;
    this.bytesPerBank = blockBytesPerBank(birth);
    this.banks = banksOf(birth);
    this.context = birth.context;
    this.stack = birth.stack;
    this.operation = birth.operation;
    this.operationRun = operationRun;
    this.bornNs = birth.timeNs;
  }
}

/** What buffers share that one line allocated by one operation in one part of the run. */
export function tracedBirth({ context, stack, operation }: TracedBuffer): string {
  return `${context} ${stack} ${operation}`;
}

/** The record of its birth; `buffer`: by which its allocator knows it. */
export function birthRecord(born: TracedBuffer, allocator: number, buffer: number): TraceRecord {
  const { device, chip, memoryType, address, bytesPerBank, banks, context, stack, operation } = born;
  const where = { device, chip, memoryType, address, allocator, buffer };
  // A unit says that the banks are known; what it rounds up to is rounded already.
  const size = { sizeBytes: born.requestedBytes, bytesPerBank, banks, unitBytes: banks === 0 ? 0 : 1 };
  const when = { timeNs: born.bornNs, thread: 0, context, stack, operation };
  return { kind: "allocate", ...where, ...size, ...when, isInBuffer: false };
}
