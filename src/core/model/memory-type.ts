/** ttnn's device `BufferType`s that an allocator reports, in the order every output lists them. */
export const MEMORY_TYPES = ["DRAM", "L1", "L1_SMALL", "TRACE"] as const;

export type MemoryType = (typeof MEMORY_TYPES)[number];
