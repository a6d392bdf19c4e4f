/** The tracer's ring, byte by byte; docs/formats.md, "Ring", is its definition. All fields are little-endian. */
export const RING_MAGIC = "TTMWRING";
export const RING_VERSION = 1;

/** Offsets in the header. */
export const HEADER = {
  magic: 0,
  version: 8,
  headerBytes: 12,
  recordBytes: 16,
  pid: 20,
  capacity: 24,
  stacksOffset: 32,
  stacksBytes: 40,
  startTicks: 48,
  hooks: 72,
  server: 80,
  head: 128,
  state: 196,
  stacksUsed: 256,
  stacksDropped: 268,
} as const;

/** Bytes of the header that are read; the rest of its page is reserved. */
export const HEADER_READ_BYTES = 272;

/** Offsets in a record. */
export const RECORD = {
  sequence: 0,
  timeNs: 8,
  address: 16,
  sizeBytes: 24,
  bytesPerBank: 32,
  buffer: 40,
  allocator: 56,
  thread: 64,
  context: 68,
  stack: 72,
  device: 76,
  kind: 80,
  memoryType: 81,
  flags: 83,
  operation: 84,
  firstChip: 88,
  banks: 90,
  unitBytes: 92,
} as const;

export const RECORD_BYTES = 96;

/** `state`: the process closed its ring and writes no more. */
export const STATE_ENDED = 2;

/** Records in a ring: at most a gigabyte or so. */
export const CAPACITY_MAX = 1 << 23;

/** Tickets that a ring hands out: a thousand million a second would take three days. */
export const HEAD_MAX = 2 ** 48;

/** Bytes of a ring's stacks. */
export const STACKS_BYTES_MAX = 1 << 28;
