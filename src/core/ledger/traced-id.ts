/**
 * The id of a traced buffer: its address, memory type and allocator. DRAM and L1 have the same addresses, and so have a mesh
 * and its sub-mesh, whose first chip is one. A sender of frames gives addresses alone.
 */

const ADDRESS_HIGH_MASK = 0xffff;
const TYPE_SHIFT = 16;
const ALLOCATOR_SHIFT = 20;

/** Allocators of one process that are told apart at a time: as many as the bits of an id. */
export const ALLOCATORS_MAX = 2 ** (32 - ALLOCATOR_SHIFT);

/** The high half of an id; the low one is that of the address, which has less than 2^48 bytes below it. */
export function tracedIdHigh(address: number, typeIndex: number, allocator: number): number {
  return (
    (Math.floor(address / 2 ** 32) & ADDRESS_HIGH_MASK) | (typeIndex << TYPE_SHIFT) | (allocator << ALLOCATOR_SHIFT)
  );
}

/** The high half of the address in an id. */
export function addressHighOf(idHigh: number): number {
  return idHigh & ADDRESS_HIGH_MASK;
}

export function allocatorOf(idHigh: number): number {
  return idHigh >>> ALLOCATOR_SHIFT;
}
