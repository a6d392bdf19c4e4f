/**
 * One buffer, circular buffer or kernel as 32-bit words in a chunk: the ledger holds tens of millions, and a JavaScript
 * object of each would be four times as large. Offsets into an entry's words.
 */
export const Field = {
  idLow: 0,
  idHigh: 1,
  sizeLow: 2,
  sizeHigh: 3,
  device: 4,
  owner: 5,
  /** References; 0 in an entry that is freed and only remembered. */
  refCount: 6,
  /** The entry's kind and the number of its memory or kernel type, see `kindOf`; -1 in an entry that is not in use. */
  kindAndType: 7,
  /** Number of its newest event in the history, 0 for none. */
  lastEvent: 8,
  /** Milliseconds on the clock of `apply`. */
  bornMs: 9,
  /** Number of the allocation among all, in halves; while freed, the low half is the number of its death. */
  birthLow: 10,
  birthHigh: 11,
  allocs: 12,
  frees: 13,
} as const;

/** Words of an entry: 56 bytes. */
export const ENTRY_WORDS = 14;

/** What an entry is. Buffers, circular buffers and kernels have address spaces of their own. */
export const Kind = { buffer: 0, circularBuffer: 1, kernel: 2 } as const;

const TYPE_BITS = 8;
const TYPE_MASK = (1 << TYPE_BITS) - 1;
export const UNUSED = -1;

export function packKind(kind: number, type: number): number {
  return (kind << TYPE_BITS) | (type & TYPE_MASK);
}

export function kindOf(kindAndType: number): number {
  return kindAndType >> TYPE_BITS;
}

export function typeOf(kindAndType: number): number {
  return kindAndType & TYPE_MASK;
}

const HALF = 4_294_967_296;

/** An unsigned 64-bit number from its halves; exact up to 2^53. */
export function toNumber(low: number, high: number): number {
  return (high >>> 0) * HALF + (low >>> 0);
}

/** Where an entry is found: the same address of another process, device or kind is another entry. */
export function hashKey(kind: number, owner: number, device: number, idLow: number, idHigh: number): number {
  let hash = Math.imul(idLow ^ Math.imul(idHigh, 0x9e3779b1), 0x85ebca6b);
  hash ^= hash >>> 15;
  hash = Math.imul(hash ^ Math.imul((owner << 12) ^ (device << 2) ^ kind, 0x27d4eb2f), 0xc2b2ae35);
  return hash ^ (hash >>> 14);
}
