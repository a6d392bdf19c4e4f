import type { PageHeld } from "../../../src/core/model/page.ts";
import type { Timeline } from "../../../src/core/model/timeline.ts";

/** A buffer where it lies in each bank. */
interface PlacedBuffer {
  readonly row: number;
  readonly address: number;
  readonly bytesPerBank: number;
}

/** A piece of a bank in which nothing lies. */
export interface Hole {
  readonly address: number;
  readonly bytesPerBank: number;
}

/** A bank of a memory at one instant; all banks of it are alike. */
export interface AddressMap {
  readonly from: number;
  readonly to: number;
  readonly buffers: readonly PlacedBuffer[];
  /** In the order of their addresses. */
  readonly holes: readonly Hole[];
  readonly usedBytesPerBank: number;
  readonly largestHole: Hole | null;
}

/** How a memory is laid out; null: no test says. */
export type Banks = Pick<PageHeld, "banks" | "totalBytesPerBank">;

/**
 * What lies where. Where a memory begins is known from no source: it is taken to reach from the addresses that were ever seen
 * as far as it has room, L1 downwards, because its buffers are placed from the top, and the others upwards.
 */
export function addressMap(
  timeline: Timeline,
  series: number,
  live: readonly number[],
  { banks, totalBytesPerBank }: Banks,
): AddressMap {
  const { allocations } = timeline;
  const placed = live
    .map((row): PlacedBuffer => {
      const bytesPerBank = (allocations.sizeBytes[row] ?? 0) / banks;
      return { row, address: allocations.address[row] ?? 0, bytesPerBank };
    })
    .toSorted((a, b) => a.address - b.address);
  const { from, to } = extentOf(timeline, series, { banks, totalBytesPerBank });
  const holes = holesOf(placed, from, to);
  const largestHole = holes.reduce<Hole | null>((most, hole) => {
    return most === null || hole.bytesPerBank > most.bytesPerBank ? hole : most;
  }, null);
  const usedBytesPerBank = placed.reduce((sum, { bytesPerBank }) => sum + bytesPerBank, 0);
  return { from, to, buffers: placed, holes, usedBytesPerBank, largestHole };
}

/** The addresses that a bank has, as far as they are known. */
export function extentOf(
  { allocations, series: all }: Timeline,
  series: number,
  { banks, totalBytesPerBank: total }: Banks,
) {
  let [lowest, highest] = [Number.POSITIVE_INFINITY, 0];
  for (let row = 0; row < allocations.rows; row++) {
    if (allocations.series[row] !== series) continue;
    const address = allocations.address[row] ?? 0;
    lowest = Math.min(lowest, address);
    highest = Math.max(highest, address + (allocations.sizeBytes[row] ?? 0) / banks);
  }
  if (lowest > highest) return { from: 0, to: total };
  const isFromTop = all[series]?.memoryType === "L1";
  return isFromTop
    ? { from: Math.max(0, Math.min(lowest, highest - total)), to: highest }
    : { from: lowest, to: Math.max(highest, lowest + total) };
}

function holesOf(placed: readonly PlacedBuffer[], from: number, to: number): readonly Hole[] {
  const holes: Hole[] = [];
  let end = from;
  for (const { address, bytesPerBank } of placed) {
    if (address > end) holes.push({ address: end, bytesPerBank: address - end });
    end = Math.max(end, address + bytesPerBank);
  }
  if (to > end) holes.push({ address: end, bytesPerBank: to - end });
  return holes;
}

/** Where an allocation that failed would have lain, had more beside the largest hole been free. */
export interface FailedPlace {
  /** The part of it that was free. */
  readonly fits: Hole | null;
  /** What was in use, or beyond the memory, of the rest. */
  readonly missing: readonly Hole[];
  readonly missingBytesPerBank: number;
}

/**
 * The place of an allocation that found no room: from the end of the largest hole at which its memory's allocator would have
 * begun, L1 from the top and the others from the bottom, and where the memory ends before that, on its other side as well.
 */
export function failedPlace({ from, to, largestHole }: AddressMap, asked: number, isFromTop: boolean): FailedPlace {
  const hole = largestHole ?? { address: isFromTop ? to : from, bytesPerBank: 0 };
  const [begin, end] = [hole.address, hole.address + hole.bytesPerBank];
  const lacks = Math.max(asked - hole.bytesPerBank, 0);
  const below = isFromTop ? Math.min(lacks, begin - from) : Math.max(lacks - (to - end), 0);
  const above = isFromTop ? lacks - below : Math.min(lacks, to - end);
  const missing = [
    { address: Math.max(begin - below, from), bytesPerBank: Math.min(below, begin - from) },
    { address: end, bytesPerBank: Math.min(above, to - end) },
  ];
  const fitting = Math.min(asked, hole.bytesPerBank);
  return {
    fits: fitting === 0 ? null : { address: isFromTop ? end - fitting : begin, bytesPerBank: fitting },
    missing: missing.filter(({ bytesPerBank }) => bytesPerBank > 0),
    missingBytesPerBank: lacks,
  };
}
