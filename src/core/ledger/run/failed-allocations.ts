import type { MemoryType } from "../../model/memory-type.ts";
import type { TraceRecord } from "../../model/traced.ts";
import { banksOf, blockBytesPerBank } from "../traced-size.ts";
import type { TracedBuffer } from "./traced-buffer.ts";

/** Moments at which memory ran out that are kept with all that was live then. */
const OUT_OF_MEMORY_MAX = 50;

/** Live buffers that have something in common. */
interface LiveAmount {
  readonly buffers: number;
  readonly bytesPerBank: number;
}

/** An allocation that failed, and what was live in the same memory then. */
export interface FailedAllocation {
  readonly device: number;
  readonly chip: number | null;
  readonly memoryType: MemoryType;
  readonly requestedBytes: number;
  readonly bytesPerBank: number;
  readonly banks: number;
  readonly context: number;
  readonly stack: number;
  readonly operation: number;
  /** By the number of the context that allocated it. */
  readonly live: ReadonlyMap<number, LiveAmount>;
  /** By the number of the stack that allocated it, with the number of its operation. */
  readonly liveByStack: ReadonlyMap<number, LiveAmount & { readonly operation: number }>;
}

/** The allocations of one traced process that failed. */
export class FailedAllocations {
  readonly #kept: FailedAllocation[] = [];
  /** Those beyond the ones that are kept. */
  more = 0;

  kept(): readonly FailedAllocation[] {
    return this.#kept;
  }

  /** `liveOf`: what is live on the record's device. */
  note(record: TraceRecord, liveOf: (memoryType: MemoryType) => Iterable<TracedBuffer>): void {
    const { memoryType, device, chip, sizeBytes: requestedBytes, context, stack, operation } = record;
    if (memoryType === null) return;
    if (this.#kept.length >= OUT_OF_MEMORY_MAX) {
      this.more += 1;
      return;
    }
    const live = new Map<number, LiveAmount>();
    const liveByStack = new Map<number, LiveAmount & { operation: number }>();
    for (const buffer of liveOf(memoryType)) {
      live.set(buffer.context, withBuffer(live.get(buffer.context), buffer));
      const ofStack = withBuffer(liveByStack.get(buffer.stack), buffer);
      liveByStack.set(buffer.stack, { ...ofStack, operation: buffer.operation });
    }
    const size = { requestedBytes, bytesPerBank: blockBytesPerBank(record), banks: banksOf(record) };
    this.#kept.push({ device, chip, memoryType, ...size, context, stack, operation, live, liveByStack });
  }
}

function withBuffer(amount: LiveAmount | undefined, { bytesPerBank }: TracedBuffer): LiveAmount {
  return { buffers: (amount?.buffers ?? 0) + 1, bytesPerBank: (amount?.bytesPerBank ?? 0) + bytesPerBank };
}
