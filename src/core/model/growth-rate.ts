import { formatBytes } from "../base/bytes.ts";
import { theilSen } from "../base/theil-sen.ts";

/** By how much what is held grows from one repeat, or run, to the next: `theilSen` in whole bytes, below 0 where it shrinks. */
export interface GrowthRate {
  readonly bytes: number;
  /** Holds the rate with 95 % confidence; null, like the next: five values are needed. */
  readonly lowBytes: number | null;
  readonly highBytes: number | null;
}

/** `heldBytes`: how much there was after each, at even distances. null: one value has no rate. */
export function growthRateOf(heldBytes: readonly number[]): GrowthRate | null {
  const slope = theilSen(heldBytes.map((value, at) => ({ at, value })));
  if (slope === null) return null;
  const { perStep, interval } = slope;
  return { bytes: whole(perStep), lowBytes: wholeOf(interval?.low), highBytes: wholeOf(interval?.high) };
}

/** "48.0 KB a repeat", "24.0 KB (23.5 KB to 24.5 KB) a repeat", or "exactly 24.0 KB a repeat" where the interval has no width. */
export function rateText({ bytes, lowBytes, highBytes }: GrowthRate, step: string): string {
  const size = formatBytes(bytes);
  if (lowBytes === null || highBytes === null) return `${size} a ${step}`;
  if (lowBytes === highBytes) return `exactly ${size} a ${step}`;
  return `${size} (${formatBytes(lowBytes)} to ${formatBytes(highBytes)}) a ${step}`;
}

function wholeOf(bytes: number | undefined): number | null {
  return bytes === undefined ? null : whole(bytes);
}

/** Never -0, which JSON does not have. */
function whole(bytes: number): number {
  return Math.round(bytes) + 0;
}
