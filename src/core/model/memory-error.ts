import type { MemoryType } from "./memory-type.ts";

/** The allocator had no room for a buffer. What its message leaves out is null. */
export interface RefusedAllocation {
  readonly error: "refused";
  readonly memoryType: MemoryType;
  /** Of the whole buffer, over all banks. */
  readonly requestedBytes: number;
  readonly banks: number;
  readonly bytesPerBank: number;
  readonly totalBytesPerBank: number | null;
  readonly allocatedBytesPerBank: number | null;
  readonly freeBytesPerBank: number | null;
  readonly largestFreeBytesPerBank: number | null;
}

/** The static buffers of a program, which lie at the low end of L1, reach up into what is allocated there. */
export interface BufferClash {
  readonly error: "clash";
  readonly buffers: "circular" | "dataflow";
  readonly program: number;
  /** As ttnn writes them: "[(x=0,y=0) - (x=7,y=7)]". */
  readonly cores: string;
  /** Of the lowest buffer in L1. */
  readonly lowestAddress: number;
  /** The first address above the static buffers. */
  readonly regionEnd: number;
}

/** The static buffers of a program are larger than L1. */
export interface RegionTooLarge {
  readonly error: "too-large";
  readonly buffers: "circular" | "dataflow";
  readonly cores: string;
  readonly regionEnd: number;
  /** The address at which L1 ends. */
  readonly limit: number;
}

/** What ttnn said when a test ran out of device memory. */
export type MemoryError = RefusedAllocation | BufferClash | RegionTooLarge;
