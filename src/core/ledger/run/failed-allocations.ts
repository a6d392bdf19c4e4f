import type { MemoryType } from "../../model/memory-type.ts";
import type { TraceRecord } from "../../model/trace-record.ts";
import { banksOf, blockBytesPerBank } from "../traced-size.ts";
import { layOut, type Placement } from "./lay-out.ts";
import type { SeenAddresses } from "./seen-addresses.ts";
import { type TracedBuffer, tracedBirth } from "./traced-buffer.ts";

/** Moments at which memory ran out that are kept with all that was live then. */
const OUT_OF_MEMORY_MAX = 50;

/** Live buffers whose addresses are kept of all those moments together. */
const PLACED_MAX = 200_000;

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
  readonly timeNs: number;
  readonly live: Placement<TracedBuffer>;
  readonly seen: SeenAddresses | undefined;
  /** Whether no record was lost before it. */
  readonly isWhole: boolean;
}

/** What there is to know of the memory in which an allocation failed. */
interface MemoryThen {
  readonly buffers: Iterable<TracedBuffer>;
  readonly seen: SeenAddresses | undefined;
  readonly isWhole: boolean;
}

/** The allocations of one traced process that failed. */
export class FailedAllocations {
  readonly #kept: FailedAllocation[] = [];
  #placesLeft = PLACED_MAX;
  /** Those beyond the ones that are kept. */
  more = 0;

  kept(): readonly FailedAllocation[] {
    return this.#kept;
  }

  /** `memoryOf`: the memory of that type on the record's device. */
  note(record: TraceRecord, memoryOf: (memoryType: MemoryType) => MemoryThen): void {
    const { memoryType, device, chip, sizeBytes: requestedBytes, context, stack, operation, timeNs } = record;
    if (memoryType === null) return;
    if (this.#kept.length >= OUT_OF_MEMORY_MAX) {
      this.more += 1;
      return;
    }
    const { buffers, seen, isWhole } = memoryOf(memoryType);
    const live = layOut([...buffers], tracedBirth, this.#placesLeft);
    this.#placesLeft -= live.layout?.addresses.length ?? 0;
    const size = { requestedBytes, bytesPerBank: blockBytesPerBank(record), banks: banksOf(record) };
    this.#kept.push({
      ...{ device, chip, memoryType, ...size },
      ...{ context, stack, operation, timeNs },
      ...{ live, seen, isWhole },
    });
  }
}
