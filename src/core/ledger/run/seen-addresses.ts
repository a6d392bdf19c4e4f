import type { TypeUsage } from "../../model/measurement.ts";
import type { Layout, MemoryRange } from "../../model/memory-shortage.ts";
import { freePieces } from "./free-pieces.ts";

/** The addresses between which buffers of one memory have been seen. */
export interface SeenAddresses {
  readonly lowest: number;
  /** The first address above them. */
  readonly end: number;
}

/** With one more buffer. */
export function withBuffer(
  seen: SeenAddresses | undefined,
  { address, bytesPerBank }: { readonly address: number; readonly bytesPerBank: number },
): SeenAddresses {
  const end = address + bytesPerBank;
  if (seen !== undefined && seen.lowest <= address && seen.end >= end) return seen;
  return { lowest: Math.min(seen?.lowest ?? address, address), end: Math.max(seen?.end ?? end, end) };
}

/** What an allocator said is live, and how large the largest free piece beside it is. */
export interface LookAtMemory {
  readonly layout: Layout;
  readonly largestFreeBytesPerBank: number;
}

/**
 * The addresses that a memory has, from its size and from where buffers were: ttnn's allocator fills DRAM from below and
 * L1 from above, so the first buffer in an empty one shows where it begins or ends. No version of ttnn gives it.
 *
 * Looks may have missed the first buffer. If the largest free piece is not the one that follows, it is the one below or
 * above all that is live, and shows it too.
 */
export function rangeOf(
  { memoryType, banks, totalBytesPerBank }: Pick<TypeUsage, "memoryType" | "banks" | "totalBytesPerBank">,
  seen: SeenAddresses | undefined,
  look: LookAtMemory | null = null,
): MemoryRange {
  const isFilledFromBelow = memoryType === "DRAM" || memoryType === "TRACE";
  const base = isFilledFromBelow ? (seen?.lowest ?? 0) : (seen?.end ?? totalBytesPerBank) - totalBytesPerBank;
  const range = { banks, totalBytesPerBank, base };
  const ends = look === null ? null : endsOf(look.layout);
  if (look === null || ends === null || seen === undefined) return range;
  const { largestFreeBytesPerBank: largest, layout } = look;
  const [below, above] = [ends.lowest - largest, ends.end + largest - totalBytesPerBank];
  const fitting = [base, ...(isFilledFromBelow ? [above, below] : [below, above])]
    .filter((each) => each <= seen.lowest && each + totalBytesPerBank >= seen.end)
    .map((each) => ({ ...range, base: each }))
    .find((each) => freePieces(layout, each).largestBytes === largest);
  return fitting ?? range;
}

/** null: nothing is live. */
function endsOf({ addresses, bytesPerBank }: Layout): SeenAddresses | null {
  const [lowest, last] = [addresses[0], addresses.length - 1];
  return lowest === undefined ? null : { lowest, end: (addresses[last] ?? 0) + (bytesPerBank[last] ?? 0) };
}
