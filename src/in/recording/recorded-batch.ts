import { MEMORY_TYPES, type MemoryType } from "../../core/model/memory-type.ts";
import {
  BATCH_HEADER_BYTES,
  BATCH_RECORDS_MAX,
  COLUMN_HEADER_BYTES,
  COLUMN_PLANES_MAX,
  DIFFERENCE_COLUMNS,
  RECORD_COLUMNS,
  type RecordColumn,
} from "../../core/model/recording.ts";
import { TRACE_KINDS, type TraceKind, type TraceRecord } from "../../core/model/traced.ts";

const TWO_TO_32 = 2 ** 32;

/** A message of records that is not what docs/formats.md describes. */
class BatchError extends Error {
  override readonly name = "BatchError";
}

/** Records of one ring as a recording has them: a view of one of them, that is moved from each to the next. */
export class RecordedBatch implements TraceRecord {
  readonly ring: number;
  readonly length: number;
  readonly #columns: Readonly<Record<RecordColumn, Float64Array>>;
  #at = -1;

  /** Throws BatchError. */
  constructor(bytes: Uint8Array) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (bytes.byteLength < BATCH_HEADER_BYTES) throw new BatchError(`records in ${bytes.byteLength} bytes`);
    this.ring = view.getUint32(0, true);
    this.length = view.getUint32(4, true);
    if (this.length > BATCH_RECORDS_MAX) {
      throw new BatchError(`${this.length} records in a message; wanted ${BATCH_RECORDS_MAX} at most`);
    }
    let at = BATCH_HEADER_BYTES;
    const read = RECORD_COLUMNS.map((column) => {
      const { values, end } = readColumn(bytes, at, this.length, DIFFERENCE_COLUMNS.has(column));
      at = end;
      return [column, values];
    });
    if (at !== bytes.byteLength) throw new BatchError(`${bytes.byteLength - at} bytes after the records`);
    this.#columns = Object.fromEntries(read) as Record<RecordColumn, Float64Array>;
    checkBelow(this.#columns.kind, TRACE_KINDS.length + 1, 1, "kind");
    checkBelow(this.#columns.memoryType, MEMORY_TYPES.length + 1, 0, "memory type");
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

function readColumn(bytes: Uint8Array, at: number, count: number, isDifference: boolean) {
  if (at + COLUMN_HEADER_BYTES > bytes.byteLength) throw new BatchError("a column without a beginning");
  const planes = bytes[at] ?? 0;
  const first = new DataView(bytes.buffer, bytes.byteOffset + at + 1).getFloat64(0, true);
  const begin = at + COLUMN_HEADER_BYTES;
  const end = begin + planes * count;
  if (planes > COLUMN_PLANES_MAX || end > bytes.byteLength) throw new BatchError(`a column of ${planes} planes`);
  if (!isNumberOfRecord(first)) throw new BatchError(`${first} in a record`);
  const values = new Float64Array(count);
  if (planes === 0) values.fill(first);
  else {
    const [lowers, uppers] = [halves(bytes, begin, count, 0, planes), halves(bytes, begin, count, 4, planes)];
    if (isDifference) addUp(values, first, lowers, uppers);
    else for (let index = 0; index < count; index++) values[index] = joined(lowers, uppers, index);
  }
  return { values, end };
}

/** Those planes, from `from` on, that make up 32 bits. */
function halves(bytes: Uint8Array, begin: number, count: number, from: number, planes: number): Uint32Array {
  const sums = new Uint32Array(count);
  for (let plane = from; plane < Math.min(from + 4, planes); plane++) {
    const shift = (plane - from) * 8;
    const at = begin + plane * count;
    for (let index = 0; index < count; index++) sums[index] = (sums[index] ?? 0) | ((bytes[at + index] ?? 0) << shift);
  }
  return sums;
}

function joined(lowers: Uint32Array, uppers: Uint32Array, index: number): number {
  return (lowers[index] ?? 0) + (uppers[index] ?? 0) * TWO_TO_32;
}

function addUp(values: Float64Array, first: number, lowers: Uint32Array, uppers: Uint32Array): void {
  let value = first;
  for (let index = 0; index < values.length; index++) {
    const [lower, upper] = [lowers[index] ?? 0, uppers[index] ?? 0];
    const size = (((upper & 1) << 31) | (lower >>> 1)) >>> 0;
    const difference = size + (upper >>> 1) * TWO_TO_32;
    value += (lower & 1) === 0 ? difference : -difference - 1;
    values[index] = value;
  }
  if (!values.every(isNumberOfRecord)) throw new BatchError("a time in a record that none can have");
}

function isNumberOfRecord(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= MAX_OF_RECORD;
}

/** As a ring's reader has them: two halves of 32 bits, which above 2^53 are rounded. */
const MAX_OF_RECORD = 2 ** 64;

function checkBelow(values: Float64Array, end: number, begin: number, name: string): void {
  for (const value of values) if (value < begin || value >= end) throw new BatchError(`the ${name} ${value}`);
}
