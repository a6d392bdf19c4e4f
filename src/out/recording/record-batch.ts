import { MEMORY_TYPES } from "../../core/model/memory-type.ts";
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

type Columns = Readonly<Record<RecordColumn, Float64Array>>;

const TWO_TO_32 = 2 ** 32;

/** No clock says more than this; the difference of two such times fits a column. */
const TIME_NS_END = 2 ** 62;

/** Records that a batch has room for at first: many rings have a few. */
const FIRST_ROOM = 64;

const KIND_NUMBERS: Readonly<Record<TraceKind, number>> = Object.fromEntries(
  TRACE_KINDS.map((kind, index) => [kind, index + 1]),
) as Record<TraceKind, number>;

/** The halves of a column's values while it is written, whichever batch it is of: writing never waits. */
const lowers = new Uint32Array(BATCH_RECORDS_MAX);
const uppers = new Uint32Array(BATCH_RECORDS_MAX);

/** The largest message, that each is made in. */
const message = new Uint8Array(
  BATCH_HEADER_BYTES + RECORD_COLUMNS.length * (COLUMN_HEADER_BYTES + COLUMN_PLANES_MAX * BATCH_RECORDS_MAX),
);

/** Records of one ring, by columns, until they are written. */
export class RecordBatch {
  #columns = makeColumns(FIRST_ROOM);
  #room = FIRST_ROOM;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  get isFull(): boolean {
    return this.#length === BATCH_RECORDS_MAX;
  }

  /** Not to be called of a full one. */
  add(record: TraceRecord): void {
    if (this.#length === this.#room) this.#grow();
    const columns = this.#columns;
    const at = this.#length;
    columns.timeNs[at] = record.timeNs < TIME_NS_END ? record.timeNs : 0;
    columns.address[at] = record.address;
    columns.sizeBytes[at] = record.sizeBytes;
    columns.bytesPerBank[at] = record.bytesPerBank;
    columns.buffer[at] = record.buffer;
    columns.allocator[at] = record.allocator;
    columns.thread[at] = record.thread;
    columns.context[at] = record.context;
    columns.stack[at] = record.stack;
    columns.operation[at] = record.operation;
    columns.device[at] = record.device + 1;
    columns.chip[at] = record.chip === null ? 0 : record.chip + 1;
    columns.banks[at] = record.banks;
    columns.unitBytes[at] = record.unitBytes;
    columns.kind[at] = KIND_NUMBERS[record.kind];
    columns.memoryType[at] = record.memoryType === null ? 0 : MEMORY_TYPES.indexOf(record.memoryType) + 1;
    columns.isInBuffer[at] = record.isInBuffer ? 1 : 0;
    this.#length = at + 1;
  }

  /** The message that has them, as docs/formats.md describes it; the batch is empty then. */
  take(ring: number): Uint8Array {
    const count = this.#length;
    const view = new DataView(message.buffer);
    view.setUint32(0, ring, true);
    view.setUint32(4, count, true);
    let at = BATCH_HEADER_BYTES;
    for (const column of RECORD_COLUMNS) {
      const values = this.#columns[column];
      view.setFloat64(at + 1, values[0] ?? 0, true);
      const planes = DIFFERENCE_COLUMNS.has(column) ? differencePlanes(values, count) : valuePlanes(values, count);
      message[at] = planes;
      writePlanes(message, at + COLUMN_HEADER_BYTES, count, planes);
      at += COLUMN_HEADER_BYTES + planes * count;
    }
    this.#length = 0;
    return message.slice(0, at);
  }

  /** Of its records. */
  latestNs(): number {
    const { timeNs } = this.#columns;
    let latest = 0;
    for (let at = 0; at < this.#length; at++) latest = Math.max(latest, timeNs[at] ?? 0);
    return latest;
  }

  clear(): void {
    this.#length = 0;
  }

  #grow(): void {
    this.#room = Math.min(this.#room * 4, BATCH_RECORDS_MAX);
    const grown = makeColumns(this.#room);
    for (const column of RECORD_COLUMNS) grown[column].set(this.#columns[column]);
    this.#columns = grown;
  }
}

function makeColumns(room: number): Columns {
  return Object.fromEntries(RECORD_COLUMNS.map((column) => [column, new Float64Array(room)])) as Record<
    RecordColumn,
    Float64Array
  >;
}

/** Fills the halves with the values, and gives how many planes they need: none where all are like the first. */
function valuePlanes(values: Float64Array, count: number): number {
  if (isConstant(values, count)) return 0;
  let lowerBits = 0;
  let upperBits = 0;
  for (let index = 0; index < count; index++) {
    const value = values[index] ?? 0;
    const lower = value >>> 0;
    lowerBits |= lowers[index] = lower;
    upperBits |= uppers[index] = (value - lower) / TWO_TO_32;
  }
  return planesOf(lowerBits, upperBits);
}

function isConstant(values: Float64Array, count: number): boolean {
  const first = values[0];
  for (let index = 1; index < count; index++) if (values[index] !== first) return false;
  return true;
}

/** The same with the difference of each value from the one before: twice a rise, or twice a fall less one. */
function differencePlanes(values: Float64Array, count: number): number {
  let before = values[0] ?? 0;
  let lowerBits = 0;
  let upperBits = 0;
  for (let index = 0; index < count; index++) {
    const value = values[index] ?? 0;
    const rise = value - before;
    before = value;
    const sign = rise < 0 ? 1 : 0;
    const size = rise < 0 ? -rise - 1 : rise;
    const lower = size >>> 0;
    lowerBits |= lowers[index] = (lower << 1) | sign;
    upperBits |= uppers[index] = ((size - lower) / TWO_TO_32) * 2 + (lower >>> 31);
  }
  return planesOf(lowerBits, upperBits);
}

/** Planes up to the last one that is not all zeros. */
function planesOf(lowerBits: number, upperBits: number): number {
  return upperBits === 0 ? bytesOf(lowerBits) : 4 + bytesOf(upperBits);
}

function bytesOf(bits: number): number {
  return Math.ceil((32 - Math.clz32(bits)) / 8);
}

function writePlanes(bytes: Uint8Array, at: number, count: number, planes: number): void {
  for (let plane = 0; plane < planes; plane++) {
    const halves = plane < 4 ? lowers : uppers;
    const shift = (plane % 4) * 8;
    const begin = at + plane * count;
    for (let index = 0; index < count; index++) bytes[begin + index] = (halves[index] ?? 0) >>> shift;
  }
}
