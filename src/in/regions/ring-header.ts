import { RingError } from "./ring-error.ts";
import {
  CAPACITY_MAX,
  HEADER,
  HEADER_READ_BYTES,
  RECORD_BYTES,
  RING_MAGIC,
  RING_VERSION,
  STACKS_BYTES_MAX,
} from "./ring-layout.ts";

/** What of a ring's header never changes. */
export interface RingHeader {
  readonly pid: number;
  /** Start time of the process, in clock ticks since boot; 0 where it is not known. */
  readonly startTicks: bigint;
  /** The allocation server that the process announces itself to; 0 where it is not known. */
  readonly server: bigint;
  /** Where the records begin. */
  readonly headerBytes: number;
  /** Records, a power of two. */
  readonly capacity: number;
  readonly stacksOffset: number;
  readonly stacksBytes: number;
}

/** Checks a header. Returns null while its process has not finished writing it; throws RingError on anything else. */
export function parseRingHeader(bytes: Buffer, fileBytes: number): RingHeader | null {
  if (bytes.length < HEADER_READ_BYTES || bytes.readBigUInt64LE(HEADER.magic) === 0n) return null;
  const magic = bytes.toString("latin1", HEADER.magic, HEADER.magic + RING_MAGIC.length);
  if (magic !== RING_MAGIC) throw new RingError(`it begins with ${JSON.stringify(magic)}, not ${RING_MAGIC}`);
  const version = bytes.readUInt32LE(HEADER.version);
  if (version !== RING_VERSION)
    throw new RingError(`its version is ${version} and not ${RING_VERSION}: use one version of tt-memwatch for both`);
  const recordBytes = bytes.readUInt32LE(HEADER.recordBytes);
  if (recordBytes !== RECORD_BYTES) throw new RingError(`its records have ${recordBytes} bytes, not ${RECORD_BYTES}`);
  const header = {
    pid: bytes.readUInt32LE(HEADER.pid),
    startTicks: bytes.readBigUInt64LE(HEADER.startTicks),
    server: bytes.readBigUInt64LE(HEADER.server),
    headerBytes: bytes.readUInt32LE(HEADER.headerBytes),
    capacity: Number(bytes.readBigUInt64LE(HEADER.capacity)),
    stacksOffset: Number(bytes.readBigUInt64LE(HEADER.stacksOffset)),
    stacksBytes: Number(bytes.readBigUInt64LE(HEADER.stacksBytes)),
  };
  checkSizes(header, fileBytes);
  return header;
}

function checkSizes({ headerBytes, capacity, stacksOffset, stacksBytes }: RingHeader, fileBytes: number): void {
  const isPowerOfTwo = capacity > 0 && capacity <= CAPACITY_MAX && (capacity & (capacity - 1)) === 0;
  if (!isPowerOfTwo) throw new RingError(`it holds ${capacity} records, not a power of two up to ${CAPACITY_MAX}`);
  if (stacksBytes > STACKS_BYTES_MAX)
    throw new RingError(`its stacks take ${stacksBytes} bytes of at most ${STACKS_BYTES_MAX}`);
  const recordsEnd = headerBytes + capacity * RECORD_BYTES;
  if (headerBytes < HEADER_READ_BYTES || stacksOffset < recordsEnd || stacksOffset + stacksBytes > fileBytes) {
    throw new RingError(`its ${fileBytes} bytes are too few for what its header says it holds`);
  }
}
