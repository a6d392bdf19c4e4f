import type { Timeline } from "../../../src/core/model/timeline.ts";
import { type Banks, extentOf } from "./address-map.ts";
import { FreePieceTree } from "./free-pieces.ts";
import { placeAfter, placeIn } from "./search-ascending.ts";

/** Allocations of a memory beyond which its largest free piece is not followed: half a second for so many. */
const ALLOCATIONS_MAX = 200_000;

/** The largest free piece of each bank over time; it stays as it is until the next instant. */
export interface LargestFree {
  readonly atNs: Float64Array;
  readonly bytesPerBank: Float64Array;
}

/** Follows every allocation of a series that is known, of which there are few enough; null: there are too many. */
export function largestFree(timeline: Timeline, series: number, banks: Banks): LargestFree | null {
  const { rows, series: of, address, sizeBytes, bornNs, diedNs } = timeline.allocations;
  const own: number[] = [];
  for (let row = 0; row < rows; row++) if (of[row] === series) own.push(row);
  if (own.length > ALLOCATIONS_MAX) return null;
  const { from, to } = extentOf(timeline, series, banks);
  const endOf = (row: number): number => (address[row] ?? 0) + (sizeBytes[row] ?? 0) / banks.banks;
  const edges = Float64Array.from(new Set([from, to, ...own.flatMap((row) => [address[row] ?? 0, endOf(row)])])).sort();
  const pieces = new FreePieceTree(edges);
  const changes = own.flatMap((row) => {
    const place = { from: placeIn(edges, address[row] ?? 0), to: placeIn(edges, endOf(row)) };
    const death = { ...place, atNs: diedNs[row] ?? Infinity, isFree: true };
    const birth = { ...place, atNs: bornNs[row] ?? 0, isFree: false };
    return Number.isFinite(death.atNs) ? [birth, death] : [birth];
  });
  // What is freed at an instant makes room for what is allocated at it.
  changes.sort((a, b) => a.atNs - b.atNs || Number(b.isFree) - Number(a.isFree));
  const atNs: number[] = [0];
  const bytes: number[] = [pieces.largestBytes];
  for (const change of changes) {
    pieces.change(change.from, change.to, change.isFree);
    if (change.atNs !== atNs.at(-1)) {
      atNs.push(change.atNs);
      bytes.push(0);
    }
    bytes[bytes.length - 1] = pieces.largestBytes;
  }
  return { atNs: Float64Array.from(atNs), bytesPerBank: Float64Array.from(bytes) };
}

/** The least that it was from each instant until the next one. */
export function leastFrom({ atNs, bytesPerBank }: LargestFree, instantsNs: Float64Array): Float64Array {
  let point = Math.max(placeAfter(atNs, instantsNs[0] ?? 0) - 1, 0);
  return instantsNs.map((ns, place) => {
    const until = instantsNs[place + 1] ?? ns;
    while (point + 1 < atNs.length && (atNs[point + 1] ?? 0) <= ns) point += 1;
    let least = bytesPerBank[point] ?? 0;
    while (point + 1 < atNs.length && (atNs[point + 1] ?? 0) < until) {
      point += 1;
      least = Math.min(least, bytesPerBank[point] ?? 0);
    }
    return least;
  });
}
