import {
  BATCH_HEADER_BYTES,
  BATCH_RECORDS_MAX,
  COLUMN_HEADER_BYTES,
  COLUMN_PLANES_MAX,
  RECORD_COLUMNS,
} from "../../core/model/recording.ts";

const TWO_TO_32 = 2 ** 32;

/** The halves of a column's values while it is written, whichever batch it is of: writing never waits. */
const lowers = new Uint32Array(BATCH_RECORDS_MAX);
const uppers = new Uint32Array(BATCH_RECORDS_MAX);

/** The largest message, that each is made in. */
const message = new Uint8Array(
  BATCH_HEADER_BYTES + RECORD_COLUMNS.length * (COLUMN_HEADER_BYTES + COLUMN_PLANES_MAX * BATCH_RECORDS_MAX),
);

/** The message that has the first `count` values of columns, as docs/formats.md describes it; `of`: whose they are. */
export function columnsMessage<Column extends string>(
  of: number,
  count: number,
  columns: Readonly<Record<Column, Float64Array>>,
  order: readonly Column[],
  differences: ReadonlySet<Column>,
): Uint8Array {
  const view = new DataView(message.buffer);
  view.setUint32(0, of, true);
  view.setUint32(4, count, true);
  let at = BATCH_HEADER_BYTES;
  for (const column of order) {
    const values = columns[column];
    view.setFloat64(at + 1, values[0] ?? 0, true);
    const planes = differences.has(column) ? differencePlanes(values, count) : valuePlanes(values, count);
    message[at] = planes;
    writePlanes(message, at + COLUMN_HEADER_BYTES, count, planes);
    at += COLUMN_HEADER_BYTES + planes * count;
  }
  return message.slice(0, at);
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
