import {
  BATCH_HEADER_BYTES,
  BATCH_RECORDS_MAX,
  COLUMN_HEADER_BYTES,
  COLUMN_PLANES_MAX,
} from "../../core/model/recording.ts";

const TWO_TO_32 = 2 ** 32;

/** A message of records that is not what docs/formats.md describes. */
class BatchError extends Error {
  override readonly name = "BatchError";
}

/** Whose values a message has, and how many of each column. Throws BatchError. */
export function readColumnsHeader(bytes: Uint8Array): { readonly of: number; readonly count: number } {
  if (bytes.byteLength < BATCH_HEADER_BYTES) throw new BatchError(`records in ${bytes.byteLength} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getUint32(4, true);
  if (count <= BATCH_RECORDS_MAX) return { of: view.getUint32(0, true), count };
  throw new BatchError(`${count} records in a message; wanted ${BATCH_RECORDS_MAX} at most`);
}

/** Fills the first `count` values of columns. Throws BatchError. */
export function readColumns<Column extends string>(
  bytes: Uint8Array,
  count: number,
  columns: Readonly<Record<Column, Float64Array>>,
  order: readonly Column[],
  differences: ReadonlySet<Column>,
): void {
  let at = BATCH_HEADER_BYTES;
  for (const column of order) at = readColumn(bytes, at, columns[column], count, differences.has(column));
  if (at !== bytes.byteLength) throw new BatchError(`${bytes.byteLength - at} bytes after the records`);
}

/** Fills the first `count` values; gives where the next column begins. */
function readColumn(bytes: Uint8Array, at: number, values: Float64Array, count: number, isDifference: boolean): number {
  if (at + COLUMN_HEADER_BYTES > bytes.byteLength) throw new BatchError("a column without a beginning");
  const planes = bytes[at] ?? 0;
  const first = new DataView(bytes.buffer, bytes.byteOffset + at + 1).getFloat64(0, true);
  const begin = at + COLUMN_HEADER_BYTES;
  const end = begin + planes * count;
  if (planes > COLUMN_PLANES_MAX || end > bytes.byteLength) throw new BatchError(`a column of ${planes} planes`);
  if (!isNumberOfRecord(first)) throw new BatchError(`${first} in a record`);
  if (planes === 0) values.fill(first, 0, count);
  else if (isDifference) addUp(values, count, first, bytes, begin, planes);
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

/** Throws BatchError for a value that is not from `begin` on and below `end`. */
export function checkBelow(values: Float64Array, count: number, end: number, begin: number, name: string): void {
  for (let index = 0; index < count; index++) {
    const value = values[index] ?? 0;
    if (value < begin || value >= end) throw new BatchError(`the ${name} ${value}`);
  }
}
