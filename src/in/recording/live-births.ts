import type { TraceRecord } from "../../core/model/trace-record.ts";

/** The births of what is live in one ring's process, from its records. */
export class LiveBirths {
  /** By allocator and buffer. */
  readonly #live = new Map<number, Map<number, TraceRecord>>();

  /** The record is not kept, what it says is. */
  take(record: TraceRecord): void {
    switch (record.kind) {
      case "allocate":
        if (record.memoryType !== null) this.#ofAllocator(record.allocator).set(record.buffer, copyOf(record));
        break;
      case "free":
        this.#live.get(record.allocator)?.delete(record.buffer);
        break;
      case "allocator-cleared":
      case "allocator-destroyed":
        this.#live.delete(record.allocator);
        break;
      default:
        break;
    }
  }

  all(): TraceRecord[] {
    return [...this.#live.values()].flatMap((buffers) => [...buffers.values()]);
  }

  #ofAllocator(allocator: number): Map<number, TraceRecord> {
    let buffers = this.#live.get(allocator);
    if (buffers === undefined) {
      buffers = new Map();
      this.#live.set(allocator, buffers);
    }
    return buffers;
  }
}

/** One object, made at once: there are hundreds of thousands. */
function copyOf(record: TraceRecord): TraceRecord {
  return {
    kind: record.kind,
    device: record.device,
    chip: record.chip,
    memoryType: record.memoryType,
    address: record.address,
    sizeBytes: record.sizeBytes,
    bytesPerBank: record.bytesPerBank,
    banks: record.banks,
    unitBytes: record.unitBytes,
    buffer: record.buffer,
    allocator: record.allocator,
    thread: record.thread,
    context: record.context,
    stack: record.stack,
    operation: record.operation,
    timeNs: record.timeNs,
    isInBuffer: record.isInBuffer,
  };
}
