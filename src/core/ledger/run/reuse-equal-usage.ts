import type { TypeUsage } from "../../model/measurement.ts";
import type { Look } from "../../model/run-record.ts";

/**
 * `now`, with the rows of `before` where they are equal, and `before` itself where all are: most looks of a run find what the one
 * before them found, and all of them are kept.
 */
export function shareUsage(before: readonly TypeUsage[], now: readonly TypeUsage[]): readonly TypeUsage[] {
  const shared = now.map((usage, index) => {
    const known = before[index];
    return known !== undefined && isEqual(known, usage) ? known : usage;
  });
  return shared.length === before.length && shared.every((usage, index) => usage === before[index]) ? before : shared;
}

/** `now`, or `before` where they are equal: the last look of the same moment. Its usage has been shared. */
export function shareLook(before: Look | undefined, now: Look): Look {
  if (before === undefined) return now;
  const isSame =
    before.usage === now.usage && before.liveBlocks === now.liveBlocks && before.cacheEntries === now.cacheEntries;
  // The name of a moment comes with each message: kept once.
  return isSame ? before : { ...now, moment: before.moment };
}

function isEqual(a: TypeUsage, b: TypeUsage): boolean {
  return (
    a.memoryType === b.memoryType &&
    a.banks === b.banks &&
    a.totalBytesPerBank === b.totalBytesPerBank &&
    a.allocatedBytesPerBank === b.allocatedBytesPerBank &&
    a.largestFreeBytesPerBank === b.largestFreeBytesPerBank
  );
}
