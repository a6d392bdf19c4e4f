import {
  REGION_ROWS,
  type RegionBytes,
  type RegionImage,
  type RegionLayout,
  type RegionMemoryType,
  type RegionRow,
} from "../../core/model/memory-region.ts";
import { RegionError } from "./region-error.ts";
import {
  INIT_STATE,
  NAME_BYTES,
  REGION,
  REGION_BYTES_MAX,
  REGION_HEADER_BYTES,
  REGION_ID_MAX,
  REGION_NAME,
  REGION_VERSION_MAX,
  ROW_LAYOUTS,
} from "./region-layout.ts";

const COUNTER_BYTES = 8;

/** The id that a file's name has; null: it is not a region's name. */
export function regionId(fileName: string): bigint | null {
  const digits = REGION_NAME.exec(fileName)?.[1];
  if (digits === undefined || BigInt(digits) > REGION_ID_MAX) return null;
  return BigInt(digits);
}

/**
 * Reads a copy of a region. `id` is that of the file's name, `fileBytes` how large the file is.
 *
 * @returns null while whoever made it has not finished
 * @throws RegionError on anything else that is not a region of a known version
 */
export function parseRegion(bytes: Buffer, id: bigint, fileBytes: number): RegionImage | null {
  if (fileBytes === 0) return null;
  if (bytes.length < REGION_HEADER_BYTES) throw tooShort(fileBytes, REGION_HEADER_BYTES);
  const version = bytes.readUInt32LE(REGION.version);
  if (version === 0) return null;
  const layout = layoutOf(version, fileBytes);
  const { rows, rowBytes, memoryTypes } = ROW_LAYOUTS[layout];
  const wanted = layout === "v4" ? INIT_STATE.offset + 4 : rows + REGION_ROWS * rowBytes;
  if (bytes.length < wanted) throw tooShort(fileBytes, wanted);
  if (fileBytes > REGION_BYTES_MAX) {
    throw new RegionError(
      `it has ${fileBytes} bytes, and a region of version ${version} has at most ${REGION_BYTES_MAX}`,
    );
  }
  checkId(bytes, id, version);
  if (layout === "v4" && !isReady(bytes)) return null;
  return {
    layout,
    id,
    device: bytes.readUInt32LE(REGION.device),
    updatedNs: bytes.readBigUInt64LE(REGION.updatedNs),
    totals: bytesAt(bytes, REGION.totals, memoryTypes),
    rows: rowsOf(bytes, layout),
  };
}

/** Both layouts of version 1 are told apart by size. */
function layoutOf(version: number, fileBytes: number): RegionLayout {
  switch (version) {
    case 1:
      return fileBytes === REGION_BYTES_MAX ? "v1a" : "v1b";
    case 2:
      return "v2";
    case 3:
      return "v3";
    case 4:
      return "v4";
    default:
      throw new RegionError(`its version is ${version}, and only 1 to ${REGION_VERSION_MAX} can be read`);
  }
}

/** Bits of an id that version 1 keeps apart from the board's serial number. */
const ASIC_BITS = 8n;

/** A file that was renamed or copied counts another chip. */
function checkId(bytes: Buffer, id: bigint, version: number): void {
  const [serial, asic] = [bytes.readBigUInt64LE(REGION.boardSerial), bytes.readBigUInt64LE(REGION.asicId)];
  const found = version === 1 ? (serial << ASIC_BITS) | (asic & 0xffn) : asic;
  if (found !== id || (version > 1 && serial !== 0n)) {
    throw new RegionError(`its header is of the chip ${found}, and its name says ${id}`);
  }
}

function isReady(bytes: Buffer): boolean {
  const state = bytes.readUInt32LE(INIT_STATE.offset);
  if (state === INIT_STATE.ready) return true;
  if (state === INIT_STATE.inProgress || state === INIT_STATE.uninitialised) return false;
  throw new RegionError(
    `its state is 0x${state.toString(16)}, and 0x${INIT_STATE.ready.toString(16)} stands for ready`,
  );
}

/** Rows are sparse, so all of them are looked at. Those of pid 0 are free, and of -1 about to be. */
function rowsOf(bytes: Buffer, layout: RegionLayout): RegionRow[] {
  const { rows, rowBytes, counters, memoryTypes, updatedNs, name } = ROW_LAYOUTS[layout];
  return Array.from({ length: REGION_ROWS }, (_, index) => rows + index * rowBytes)
    .filter((at) => bytes.readInt32LE(at) > 0)
    .map((at) => ({
      pid: bytes.readInt32LE(at),
      name: textAt(bytes, at + name),
      updatedNs: bytes.readBigUInt64LE(at + updatedNs),
      bytes: bytesAt(bytes, at + counters, memoryTypes),
    }));
}

function bytesAt(bytes: Buffer, at: number, memoryTypes: readonly RegionMemoryType[]): RegionBytes {
  return Object.fromEntries(
    memoryTypes.map((memoryType, index) => [memoryType, sizeAt(bytes, at + index * COUNTER_BYTES)]),
  );
}

/** No memory has 2^53 bytes: a counter that says so ran below zero. */
function sizeAt(bytes: Buffer, at: number): number | null {
  const size = Number(bytes.readBigUInt64LE(at));
  return Number.isSafeInteger(size) ? size : null;
}

/** Up to a NUL, or to the end of the field where somebody wrote none. */
function textAt(bytes: Buffer, at: number): string {
  const field = bytes.subarray(at, at + NAME_BYTES);
  const end = field.indexOf(0);
  return field.toString("utf8", 0, end < 0 ? NAME_BYTES : end);
}

function tooShort(fileBytes: number, wanted: number): RegionError {
  return new RegionError(`it has ${fileBytes} bytes, and a region has at least ${wanted}`);
}
