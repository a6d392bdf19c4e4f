import type { MemoryType } from "./memory-type.ts";

/** Names the format of reports on regions, and its version. A reader refuses another one. */
export const REGIONS_SCHEMA = "urn:tt-memwatch:regions:1";

/** Layouts of a region by the version that it stores; both of the first store a 1. */
export const REGION_LAYOUTS = ["v1a", "v1b", "v2", "v3", "v4"] as const;
export type RegionLayout = (typeof REGION_LAYOUTS)[number];

/** What a region counts. KERNEL: only the oldest layout does. */
export const REGION_MEMORY_TYPES = ["DRAM", "L1", "L1_SMALL", "TRACE", "CB", "KERNEL"] as const;
export type RegionMemoryType = (typeof REGION_MEMORY_TYPES)[number];

/** Rows that a region has for processes, in every layout. */
export const REGION_ROWS = 64;

/**
 * Bytes by memory type, as `Buffer::size()` has them: what was asked for, over all banks of one chip. The allocator takes
 * whole pages in each bank, so it has as much or more. null: no size, because the counter ran below zero.
 */
export type RegionBytes = Readonly<Partial<Record<RegionMemoryType, number | null>>>;

/** A process's row in a region, as it is written there. */
export interface RegionRow {
  /** As the process sees itself. */
  readonly pid: number;
  /** The first 15 characters of what it was called; may be half written. */
  readonly name: string;
  /** Of its last event: nanoseconds since 1970, by CLOCK_REALTIME. */
  readonly updatedNs: bigint;
  readonly bytes: RegionBytes;
}

/** One chip's file `/dev/shm/tt_device_<id>_memory`, as tt-metal wrote it. */
export interface RegionImage {
  readonly layout: RegionLayout;
  /** What the file is named after: the chip's own id; where tt-metal did not know that, a logical device id. */
  readonly id: bigint;
  /** Logical id of the chip as the last process to attach saw it. */
  readonly device: number;
  readonly updatedNs: bigint;
  /** Counters of their own, not the sums of the rows. */
  readonly totals: RegionBytes;
  /** Those that are taken, in the order of their places. */
  readonly rows: readonly RegionRow[];
}

/**
 * `running`: the process was found. `ended`: it is known that there is none. `unverifiable`: neither, because it may be in a
 * container that cannot be seen from here, or another user's.
 */
export const REGION_PROCESS_STATES = ["running", "ended", "unverifiable"] as const;
export type RegionProcessState = (typeof REGION_PROCESS_STATES)[number];

/** What is known of whoever wrote a row. */
export interface RegionWriter {
  readonly state: RegionProcessState;
  /** Its pid here; null: not known, or it has ended. */
  readonly localPid: number | null;
}

/** A process that tracks its memory in a region. */
export interface RegionProcess extends RegionWriter {
  readonly pid: number;
  readonly name: string;
  /** Of its last event: ISO 8601, UTC. */
  readonly updatedAt: string;
  readonly bytes: RegionBytes;
}

/** One memory of a chip, over all processes. */
export interface RegionMemory {
  readonly memoryType: RegionMemoryType;
  /** Of processes that run. */
  readonly usedBytes: number;
  /** Of processes of which that is not known. */
  readonly unverifiableBytes: number;
  /** Of processes that ended without giving it back, such as killed ones: tt-metal leaves their rows. */
  readonly staleBytes: number;
  /** In the region's total and in no process's row. null: the total says nothing of that. */
  readonly unattributedBytes: number | null;
  /** The region's own total; null: no size. */
  readonly totalBytes: number | null;
}

/** A program that is known by its regions only: it runs under no tt-memwatch. */
export interface RegionProgram {
  /** Here, where that is known; else as it sees itself. */
  readonly pid: number;
  readonly name: string;
  readonly state: Exclude<RegionProcessState, "ended">;
  /** By chip. */
  readonly chips: readonly RegionProgramChip[];
}

export interface RegionProgramChip extends Pick<MemoryRegion, "chip" | "device"> {
  readonly bytes: RegionBytes;
}

/** What a process counts in its region and what was traced of it are not the same: one of our sources is wrong. */
export interface RegionDifference {
  /** Logical id of the chip. */
  readonly chip: number;
  readonly memoryType: MemoryType;
  /** Both as they were asked for, over all banks of the chip. */
  readonly regionBytes: number;
  readonly tracedBytes: number;
}

/** A region, and what is known of whoever writes it. */
export interface MemoryRegion {
  readonly path: string;
  /** Hexadecimal, as `0x1f`: what the file is named after. */
  readonly chip: string;
  /** Whether that is the chip's own id, the same in each run and for each process; else it is a logical device id. */
  readonly isChipKnown: boolean;
  readonly device: number;
  readonly layout: RegionLayout;
  /** ISO 8601, UTC. */
  readonly updatedAt: string;
  /** Whether all its rows are taken: of one process more nothing is known. */
  readonly isFull: boolean;
  readonly memories: readonly RegionMemory[];
  readonly processes: readonly RegionProcess[];
}

/** A file of a region's name that is not read, and why: a sentence without a full stop. */
export interface UnreadRegion {
  readonly path: string;
  readonly reason: string;
}

/** What all regions of a folder said at one instant. */
export interface RegionsSnapshot {
  readonly schema: typeof REGIONS_SCHEMA;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly folder: string;
  /** By id. */
  readonly regions: readonly MemoryRegion[];
  readonly unread: readonly UnreadRegion[];
  /** Files beyond those that are read. */
  readonly leftOut: number;
}
