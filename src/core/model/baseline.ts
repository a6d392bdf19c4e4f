import type { Leftover } from "./comparison.ts";
import type { BaselineState } from "./why-known.ts";

/** What a good run left of one signature and one test. */
export type BaselineEntry = Pick<Leftover, "signature" | "test" | "sizeBytes" | "buffers" | "checkedTests">;

/** An entry as it stands in a file, with the comment of one line before it; null: there is none. */
export interface NotedEntry extends BaselineEntry {
  readonly note: string | null;
}

/** What a good run left: only what is new, or more, fails. */
export interface Baseline {
  /** As the user named it. */
  readonly name: string;
  /** How much more than in the baseline counts as the same: the larger of a number of bytes and a share of what it has. */
  readonly tolerance: { readonly bytes: number; readonly share: number };
  readonly entries: readonly BaselineEntry[];
}

/** How a run compares with its baseline. */
export interface BaselineReport {
  readonly name: string;
  /** How many it has. */
  readonly entries: number;
  /** Findings in each state. */
  readonly findings: Readonly<Record<BaselineState, number>>;
  /** What it has and the run did not leave, although the test was checked. */
  readonly gone: readonly BaselineEntry[];
  /** Entries whose test was not checked, or fewer of its parameters, so that nobody knows. */
  readonly notChecked: number;
  /** Of these, the entries whose test's file is gone and has no successor among the files that ran. */
  readonly withoutFile: readonly BaselineEntry[];
}

/** What a file of a baseline begins with, and the version of the format that is written. */
export const BASELINE_HEAD = "tt-memwatch-baseline";
export const BASELINE_VERSION = 1;

/** Stands in such a file in the place of a test for what is not a test's. */
export const BETWEEN_TESTS = "(between tests)";
