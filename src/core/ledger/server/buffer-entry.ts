/**
 * One buffer, circular buffer or kernel as 32-bit words in a chunk: the ledger holds tens of millions, and a JavaScript
 * object of each would be four times as large. Offsets into an entry's words.
 *
 * What most messages read or write are the first twelve words, 48 bytes: chunks begin 16 bytes into a cache line where
 * the system's allocator maps them, and then these are in one line all the same.
 */
export const Field = {
  idLow: 0,
  idHigh: 1,
  owner: 2,
  /** The entry's `spaceOf` and the number of its memory or kernel type, see `packPlace`; UNUSED while not in use. */
  place: 3,
  sizeLow: 4,
  sizeHigh: 5,
  /** References; 0 in an entry that is freed and only remembered. */
  refCount: 6,
  /** Number of its newest event in the history, 0 for none. */
  lastEvent: 7,
  allocs: 8,
  frees: 9,
  /** Number of the allocation among all, in halves; while freed, the low half is its place among those remembered. */
  birthLow: 10,
  birthHigh: 11,
  /** Of a kernel only: milliseconds on the clock of `apply`, in halves: one word is full after 25 days. */
  bornMsLow: 12,
  bornMsHigh: 13,
  /** Of a traced buffer only: what was asked for, in halves, and the numbers of its site and of its context. */
  requestedLow: 12,
  requestedHigh: 13,
  site: 14,
  context: 15,
} as const;

/** Words of an entry: 64 bytes, as a cache line. */
export const ENTRY_WORDS = 16;

/** What an entry is. Buffers, circular buffers and kernels have address spaces of their own. */
export const Kind = { buffer: 0, circularBuffer: 1, kernel: 2 } as const;

/** Devices that one server accounts for. Larger ids are refused: they are how bytes that are no frame look. */
export const DEVICES_MAX = 1024;

const KIND_BITS = 2;
const KIND_MASK = (1 << KIND_BITS) - 1;
const SPACE_BITS = 12;
const SPACE_MASK = (1 << SPACE_BITS) - 1;
const TYPE_MASK = 0xff;
export const UNUSED = -1;

/** The address space of a kind on a device from 0 to 1023. */
export function spaceOf(kind: number, device: number): number {
  return (device << KIND_BITS) | kind;
}

/** An address space and the number of a memory or kernel type, of which the low byte is kept. */
export function packPlace(space: number, type: number): number {
  return ((type & TYPE_MASK) << SPACE_BITS) | space;
}

export function isSpace(place: number, space: number): boolean {
  return (place & SPACE_MASK) === space;
}

/** The address space of an entry in use. */
export function keySpace(place: number): number {
  return place & SPACE_MASK;
}

export function kindOf(place: number): number {
  return place & KIND_MASK;
}

export function deviceOf(place: number): number {
  return (place & SPACE_MASK) >>> KIND_BITS;
}

export function typeOf(place: number): number {
  return place >>> SPACE_BITS;
}

const HALF = 4_294_967_296;

/** An unsigned 64-bit number from its halves; exact up to 2^53. */
export function toNumber(low: number, high: number): number {
  return (high >>> 0) * HALF + (low >>> 0);
}

/**
 * Where an entry is found, a signed 32-bit number: the same address in another space or of another process is another
 * entry. High and low bits are used apart, so both depend on all of the key. Every step can be undone: where all else of
 * two keys is the same, the hash differs if `idLow` does.
 */
export function hashKey(space: number, owner: number, idLow: number, idHigh: number): number {
  const key = idLow ^ Math.imul(idHigh, 0x9e3779b1) ^ Math.imul((owner << SPACE_BITS) ^ space, 0x27d4eb2f);
  const hash = Math.imul(key ^ (key >>> 16), 0x85ebca6b);
  return hash ^ (hash >>> 15);
}
