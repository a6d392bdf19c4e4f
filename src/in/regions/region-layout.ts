import type { RegionLayout, RegionMemoryType } from "../../core/model/memory-region.ts";

/**
 * Regions byte by byte, after tt-metal's tt_metal/impl/memory_tracking/memory_stats_shm.hpp (docs/formats.md, "Shared-memory
 * regions"). All fields are little-endian.
 */

/** A region's name has the id in decimal digits; it fits into 64 bits. */
export const REGION_NAME = /^tt_device_([0-9]{1,20})_memory$/;
export const REGION_ID_MAX = 2n ** 64n - 1n;

/** Bytes of the largest layout: no more of a file is read. */
export const REGION_BYTES_MAX = 9_280;

/** Bytes that a file has at least, where it is one: the header up to the first of the totals. */
export const REGION_HEADER_BYTES = 48;

/** Offsets in the header. */
export const REGION = {
  version: 0,
  updatedNs: 8,
  boardSerial: 24,
  asicId: 32,
  device: 40,
  totals: 48,
} as const;

/** Of version 4, where it is ready. */
export const INIT_STATE = { offset: 8_536, uninitialised: 0, inProgress: 1, ready: 0x52_45_44_59 } as const;

export const REGION_VERSION_MAX = 4;

/** Bytes of a process's name, its NUL included. */
export const NAME_BYTES = 64;

/** Where the rows of processes are, and what is in one. */
interface RowLayout {
  readonly memoryTypes: readonly RegionMemoryType[];
  readonly rows: number;
  readonly rowBytes: number;
  /** Offsets in a row. */
  readonly counters: number;
  readonly updatedNs: number;
  readonly name: number;
}

const COUNTERS = ["DRAM", "L1", "L1_SMALL", "TRACE", "CB"] as const;
const SINCE_V1B: RowLayout = {
  memoryTypes: COUNTERS,
  rows: 856,
  rowBytes: 120,
  counters: 8,
  updatedNs: 48,
  name: 56,
};

export const ROW_LAYOUTS: Readonly<Record<RegionLayout, RowLayout>> = {
  v1a: { memoryTypes: [...COUNTERS, "KERNEL"], rows: 992, rowBytes: 128, counters: 8, updatedNs: 56, name: 64 },
  v1b: SINCE_V1B,
  v2: SINCE_V1B,
  v3: SINCE_V1B,
  v4: SINCE_V1B,
};
