import type { Placed } from "./lay-out.ts";

/** L1 of one device, when a test failed because a program's static buffers clashed with what was there. */
interface MemoryAfter<Buffer extends Placed> {
  /** What was live when the failure was noted. */
  readonly buffers: readonly Buffer[];
  /** What had died before, since the last look. */
  readonly departed: readonly (Buffer & { readonly diedNs: number | null })[];
}

/**
 * What was live when ttnn found the clash. The operation frees its own results, and the test its locals, before anybody
 * hears of it; ttnn's message says which address the lowest buffer had, so the last moment at which one had it is meant.
 *
 * @returns null where no buffer is known that had that address
 */
export function liveAtClash<Buffer extends Placed>(
  { buffers, departed }: MemoryAfter<Buffer>,
  lowestAddress: number,
): readonly Buffer[] | null {
  if (lowestOf(buffers) === lowestAddress) return buffers;
  const lowest = departed.findLast(({ address }) => address === lowestAddress);
  if (lowest === undefined) return null;
  const atNs = lowest.diedNs ?? 0;
  const wasLive = (buffer: Buffer): boolean => buffer.bornNs < atNs;
  const gone = departed.filter((buffer) => (buffer.diedNs ?? 0) >= atNs && wasLive(buffer));
  const live = [...buffers.filter(wasLive), ...gone];
  return lowestOf(live) === lowestAddress ? live : null;
}

function lowestOf(buffers: readonly Placed[]): number | null {
  return buffers.reduce<number | null>((lowest, { address }) => Math.min(lowest ?? address, address), null);
}
