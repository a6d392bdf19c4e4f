import type { Verdict } from "./finding.ts";
import type { MemoryType } from "./memory-type.ts";

/** Memory that is there for a known reason and of a known size. */
export interface ExpectedRule {
  readonly name: string;
  readonly memoryType: MemoryType;
  /** Per chip. */
  readonly maxBytes: number;
  /** `open`: present when the device is opened. `test`: left by a test whose node id matches `tests`. */
  readonly when: "open" | "test";
  /** A glob over node ids; null: all. */
  readonly tests: string | null;
}

/**
 * What decides between verdicts. The defaults are data: `rules/default.toml`, which `in/rules/rules-file.ts` reads as it reads a file of the
 * user's. They are the thresholds of the earlier system's debugging guide.
 */
export interface Rules {
  /** More than this is a leak at once, per chip, left by a test or live on an allocation server; by memory type. */
  readonly largeBuffer: Readonly<Partial<Record<MemoryType, number>>>;
  /** Where the cache was not cleared: growth up to this is taken for the program cache (measured: if it has new entries). */
  readonly programCache: Readonly<Partial<Record<MemoryType, number>>>;
  readonly expected: readonly ExpectedRule[];
  /** The same signature in this many tests is a leak. */
  readonly recurrenceTests: number;
  /** The share of the largest free block that has to be lost for fragmentation, 0 to 1. */
  readonly fragmentationMinShrink: number;
  /** On an allocation server's books: more references than this to one buffer are more than it and its view. */
  readonly refCountMax: number;
  readonly failOn: readonly Verdict[];
}
