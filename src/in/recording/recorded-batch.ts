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

  /** Has what a message has, and no longer what it had before. Throws BatchError. */
  read(bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (bytes.byteLength < BATCH_HEADER_BYTES) throw new BatchError(`records in ${bytes.byteLength} bytes`);
    const count = view.getUint32(4, true);
    if (count > BATCH_RECORDS_MAX) {
      throw new BatchError(`${count} records in a message; wanted ${BATCH_RECORDS_MAX} at most`);
    }
    if (count > this.#columns.kind.length) this.#columns = makeColumns(Math.min(BATCH_RECORDS_MAX, count * 2));
    let at = BATCH_HEADER_BYTES;
    for (const column of RECORD_COLUMNS) at = readColumn(bytes, at, this.#columns[column], count, column);
    if (at !== bytes.byteLength) throw new BatchError(`${bytes.byteLength - at} bytes after the records`);
    checkBelow(this.#columns.kind, count, TRACE_KINDS.length + 1, 1, "kind");
    checkBelow(this.#columns.memoryType, count, MEMORY_TYPES.length + 1, 0, "memory type");
    this.#ring = view.getUint32(0, true);
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

/** Fills the first `count` values; gives where the next column begins. */
function readColumn(bytes: Uint8Array, at: number, values: Float64Array, count: number, column: RecordColumn): number {
  if (at + COLUMN_HEADER_BYTES > bytes.byteLength) throw new BatchError("a column without a beginning");
  const planes = bytes[at] ?? 0;
  const first = new DataView(bytes.buffer, bytes.byteOffset + at + 1).getFloat64(0, true);
  const begin = at + COLUMN_HEADER_BYTES;
  const end = begin + planes * count;
  if (planes > COLUMN_PLANES_MAX || end > bytes.byteLength) throw new BatchError(`a column of ${planes} planes`);
  if (!isNumberOfRecord(first)) throw new BatchError(`${first} in a record`);
  if (planes === 0) values.fill(first, 0, count);
  else if (DIFFERENCE_COLUMNS.has(column)) addUp(values, count, first, bytes, begin, planes);
  else join(values, count, bytes, begin, planes);
  return end;
}

/** Exact: what was written are numbers of 53 bits, and so is each part of one. */
function join(values: Float64Array, count: number, bytes: Uint8Array, begin: number, planes: number): void {
  for (let index = 0; index < count; index++) values[index] = bytes[begin + index] ?? 0;
  for (let plane = 1; plane < planes; plane++) {
    const at = begin + plane * count;
    const scale = 256 ** plane;
    for (let index = 0; index < count; index++) values[index] = (values[index] ?? 0) + (bytes[at + index] ?? 0) * scale;
  }
}

/** The halves of differences while they are added up: reading never waits. */
const lowers = new Uint32Array(BATCH_RECORDS_MAX);
const uppers = new Uint32Array(BATCH_RECORDS_MAX);

function addUp(
  values: Float64Array,
  count: number,
  first: number,
  bytes: Uint8Array,
  begin: number,
  planes: number,
): void {
  readHalves(lowers, count, bytes, begin, Math.min(4, planes));
  readHalves(uppers, count, bytes, begin + 4 * count, planes - 4);
  let value = first;
  for (let index = 0; index < count; index++) {
    const [lower, upper] = [lowers[index] ?? 0, uppers[index] ?? 0];
    const size = (((upper & 1) << 31) | (lower >>> 1)) >>> 0;
    const difference = size + (upper >>> 1) * TWO_TO_32;
    value += (lower & 1) === 0 ? difference : -difference - 1;
    if (!isNumberOfRecord(value)) throw new BatchError("a time in a record that none can have");
    values[index] = value;
  }
}

/** The planes that make up 32 bits. */
function readHalves(halves: Uint32Array, count: number, bytes: Uint8Array, begin: number, planes: number): void {
  halves.fill(0, 0, count);
  for (let plane = 0; plane < planes; plane++) {
    const at = begin + plane * count;
    for (let index = 0; index < count; index++) {
      halves[index] = (halves[index] ?? 0) | ((bytes[at + index] ?? 0) << (plane * 8));
    }
  }
}

function isNumberOfRecord(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= MAX_OF_RECORD;
}

/** As a ring's reader has them: two halves of 32 bits, which above 2^53 are rounded. */
const MAX_OF_RECORD = 2 ** 64;

function checkBelow(values: Float64Array, count: number, end: number, begin: number, name: string): void {
  for (let index = 0; index < count; index++) {
    const value = values[index] ?? 0;
    if (value < begin || value >= end) throw new BatchError(`the ${name} ${value}`);
  }
}
