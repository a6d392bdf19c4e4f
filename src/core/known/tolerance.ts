import type { Baseline } from "../model/baseline.ts";

/** How much more than before counts as the same: the larger of a number of bytes and a share, 0.1 for a tenth. */
export type Tolerance = Baseline["tolerance"];

export const NO_TOLERANCE: Tolerance = { bytes: 0, share: 0 };

/** Whether more is there than was, beyond the tolerance. */
export function hasGrown(wasBytes: number, isBytes: number, { bytes, share }: Tolerance): boolean {
  return isBytes - wasBytes > Math.max(bytes, wasBytes * share);
}
