import {
  type MemoryRegion,
  REGION_MEMORY_TYPES,
  REGION_ROWS,
  REGIONS_SCHEMA,
  type RegionBytes,
  type RegionImage,
  type RegionMemory,
  type RegionMemoryType,
  type RegionProcess,
  type RegionProcessState,
  type RegionsSnapshot,
  type RegionWriter,
} from "../model/memory-region.ts";
import { beginningOf } from "./shorten-live-text.ts";

/** A region, and who writes its rows: a writer for each row, in their order. */
export interface WrittenRegion {
  readonly path: string;
  readonly image: RegionImage;
  readonly writers: readonly RegionWriter[];
}

/** A chip's own id has more bits than a logical device id ever has. */
const DEVICE_IDS_MAX = 65_536n;

const NS_PER_MS = 1_000_000n;

/** `at`: when it was looked, in milliseconds since 1970. */
export function buildRegionsSnapshot(
  { folder, unread, leftOut }: Pick<RegionsSnapshot, "folder" | "unread" | "leftOut">,
  regions: readonly WrittenRegion[],
  atMs: number,
): RegionsSnapshot {
  return {
    schema: REGIONS_SCHEMA,
    at: new Date(atMs).toISOString(),
    folder,
    regions: regions.map(regionOf),
    unread,
    leftOut,
  };
}

function regionOf({ path, image, writers }: WrittenRegion): MemoryRegion {
  const { layout, id, device, updatedNs, rows } = image;
  const processes = rows.map(
    ({ pid, name, updatedNs: at, bytes }, index): RegionProcess => ({
      ...(writers[index] ?? { state: "unverifiable", localPid: null }),
      pid,
      name: beginningOf(name),
      updatedAt: timeOf(at),
      bytes,
    }),
  );
  return {
    path,
    chip: `0x${id.toString(16)}`,
    isChipKnown: id >= DEVICE_IDS_MAX,
    device,
    layout,
    updatedAt: timeOf(updatedNs),
    isFull: rows.length >= REGION_ROWS,
    memories: REGION_MEMORY_TYPES.filter((type) => image.totals[type] !== undefined).map((type) => {
      return memoryOf(type, image, processes);
    }),
    processes,
  };
}

function timeOf(ns: bigint): string {
  return new Date(Number(ns / NS_PER_MS)).toISOString();
}

function memoryOf(
  memoryType: RegionMemoryType,
  { layout, totals }: RegionImage,
  processes: readonly RegionProcess[],
): RegionMemory {
  const sum = (state: RegionProcessState): number => {
    return sumOf(
      memoryType,
      processes.filter((process) => process.state === state),
    );
  };
  const totalBytes = totals[memoryType] ?? null;
  // Before version 4 the total of circular buffers is what one of the processes published last, and no sum.
  const isSum = memoryType !== "CB" || layout === "v4" || processes.length <= 1;
  return {
    memoryType,
    usedBytes: sum("running"),
    unverifiableBytes: sum("unverifiable"),
    staleBytes: sum("ended"),
    unattributedBytes: totalBytes === null || !isSum ? null : Math.max(0, totalBytes - sumOf(memoryType, processes)),
    totalBytes,
  };
}

/** Of counters that are sizes. */
function sumOf(memoryType: RegionMemoryType, rows: readonly { readonly bytes: RegionBytes }[]): number {
  return rows.reduce((total, { bytes }) => total + (bytes[memoryType] ?? 0), 0);
}
