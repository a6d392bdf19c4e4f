import { MEMORY_TYPES, type MemoryType } from "../../core/model/memory-type.ts";
import {
  BATCH_RECORDS_MAX,
  DIFFERENCE_COLUMNS,
  RECORD_COLUMNS,
  type RecordColumn,
} from "../../core/model/recording.ts";
import { TRACE_KINDS, type TraceKind, type TraceRecord } from "../../core/model/trace-record.ts";
import { checkBelow, readColumns, readColumnsHeader } from "./read-columns.ts";

type Columns = Readonly<Record<RecordColumn, Float64Array>>;

/** Records of one ring as a recording has them: a view of one of them, that is moved from each to the next. */
export class RecordedBatch implements TraceRecord {
  #columns = makeColumns(0);
  #ring = 0;
  #length = 0;
  #at = -1;

  get ring(): number {
    return this.#ring;
  }

  get length(): number {
    return this.#length;
  }

  /** Has what a message has, and no longer what it had before. Throws where it is not as docs/formats.md describes it. */
  read(bytes: Uint8Array): void {
    const { of, count } = readColumnsHeader(bytes);
    if (count > this.#columns.kind.length) this.#columns = makeColumns(Math.min(BATCH_RECORDS_MAX, count * 2));
    readColumns(bytes, count, this.#columns, RECORD_COLUMNS, DIFFERENCE_COLUMNS);
    checkBelow(this.#columns.kind, count, TRACE_KINDS.length + 1, 1, "kind");
    checkBelow(this.#columns.memoryType, count, MEMORY_TYPES.length + 1, 0, "memory type");
    this.#ring = of;
    this.#length = count;
    this.#at = -1;
  }

  /** Goes on to the next record. Not to be called after the last. */
  next(): TraceRecord {
    this.#at += 1;
    return this;
  }

  get kind(): TraceKind {
    return TRACE_KINDS[(this.#columns.kind[this.#at] ?? 0) - 1] ?? "mark";
  }

  get memoryType(): MemoryType | null {
    return MEMORY_TYPES[(this.#columns.memoryType[this.#at] ?? 0) - 1] ?? null;
  }

  get device(): number {
    return (this.#columns.device[this.#at] ?? 0) - 1;
  }

  get chip(): number | null {
    const numberFromOne = this.#columns.chip[this.#at] ?? 0;
    return numberFromOne === 0 ? null : numberFromOne - 1;
  }

  get isInBuffer(): boolean {
    return (this.#columns.isInBuffer[this.#at] ?? 0) !== 0;
  }

  get address(): number {
    return this.#columns.address[this.#at] ?? 0;
  }

  get sizeBytes(): number {
    return this.#columns.sizeBytes[this.#at] ?? 0;
  }

  get bytesPerBank(): number {
    return this.#columns.bytesPerBank[this.#at] ?? 0;
  }

  get buffer(): number {
    return this.#columns.buffer[this.#at] ?? 0;
  }

  get allocator(): number {
    return this.#columns.allocator[this.#at] ?? 0;
  }

  get thread(): number {
    return this.#columns.thread[this.#at] ?? 0;
  }

  get context(): number {
    return this.#columns.context[this.#at] ?? 0;
  }

  get stack(): number {
    return this.#columns.stack[this.#at] ?? 0;
  }

  get operation(): number {
    return this.#columns.operation[this.#at] ?? 0;
  }

  get timeNs(): number {
    return this.#columns.timeNs[this.#at] ?? 0;
  }

  get banks(): number {
    return this.#columns.banks[this.#at] ?? 0;
  }

  get unitBytes(): number {
    return this.#columns.unitBytes[this.#at] ?? 0;
  }
}

function makeColumns(room: number): Columns {
  return Object.fromEntries(RECORD_COLUMNS.map((column) => [column, new Float64Array(room)])) as Columns;
}
