/** What books of an earlier version keep at most; that version had no limits, and ended where memory did. */
export interface CompatLimits {
  /** Live buffers, circular buffers and kernels together. */
  readonly entries: number;
  /** Events of buffers that are remembered, of all together. */
  readonly events: number;
}

/** Measured with `bench/server/floods.ts`, and books with two events of each buffer: 0.35 GB of entries, 0.27 GB of events. */
export const COMPAT_LIMITS: CompatLimits = { entries: 500_000, events: 1_000_000 };
