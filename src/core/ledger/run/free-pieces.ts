import type { Layout, MemoryRange } from "../../model/memory-shortage.ts";

/** What of a memory is free, in each bank. */
export interface FreePieces {
  readonly bytes: number;
  readonly pieces: number;
  readonly largestBytes: number;
}

/** The pieces between live buffers. `layout` is in the order of addresses. */
export function freePieces(
  { addresses, bytesPerBank }: Pick<Layout, "addresses" | "bytesPerBank">,
  { base, totalBytesPerBank }: MemoryRange,
): FreePieces {
  let [bytes, pieces, largestBytes, from] = [0, 0, 0, base];
  const note = (to: number): void => {
    if (to <= from) return;
    bytes += to - from;
    pieces += 1;
    largestBytes = Math.max(largestBytes, to - from);
  };
  for (const [index, address] of addresses.entries()) {
    note(address);
    from = Math.max(from, address + (bytesPerBank[index] ?? 0));
  }
  note(base + totalBytesPerBank);
  return { bytes, pieces, largestBytes };
}
