import type { MemoryType } from "./memory-type.ts";

/** Findings that somebody accepts. What it says of a finding has to hold all together; null: it says nothing of that. */
export interface Suppression {
  readonly reason: string;
  readonly owner: string | null;
  /** Where to read more, such as the URL of an issue. */
  readonly ref: string | null;
  readonly signature: string | null;
  /** A glob over node ids. */
  readonly tests: string | null;
  readonly memoryType: MemoryType | null;
  /** A glob over operations, files, and file::function. */
  readonly origin: string | null;
  /** A glob over holders. */
  readonly holder: string | null;
  /** How much all findings of a run that it matches may be together, on each chip. */
  readonly maxBytes: number | null;
  readonly maxBuffers: number | null;
  /** The last day on which it holds, YYYY-MM-DD. */
  readonly until: string | null;
  /** In its file, from 1; null: not known. */
  readonly line: number | null;
}

/** The suppressions of one file. */
export interface Suppressions {
  /** As the user named it. */
  readonly file: string;
  /** Absolute. */
  readonly path: string;
  readonly entries: readonly Suppression[];
}

/**
 * What became of a suppression in a run.
 *
 * - `used`: what it matches does not fail
 * - `exceeded`, `expired`: it matches, but that is more than it allows, or its last day has passed
 * - `unused`: it matches nothing, though tests that it is for were checked
 * - `not-checked`: none of them was, so that nobody knows
 */
export type SuppressionState = "used" | "exceeded" | "expired" | "unused" | "not-checked";

export interface SuppressionUse extends Suppression {
  readonly state: SuppressionState;
  /** What it matches. */
  readonly findings: number;
  readonly sizeBytes: number;
  readonly buffers: number;
}

/** How often each suppression of a run was used. */
export interface SuppressionsReport {
  readonly file: string;
  readonly entries: readonly SuppressionUse[];
}
