import type { BaselineEntry, NotedEntry } from "../model/baseline.ts";
import type { Leftover } from "../model/comparison.ts";
import { baselineLeftovers, hasChecked, type ReportedRun } from "./leftover.ts";

/** What a baseline is to have, and how that differs from what it had. */
export interface UpdatedBaseline {
  readonly entries: readonly NotedEntry[];
  readonly added: number;
  /** Of another amount. */
  readonly changed: number;
  readonly removed: number;
  /** Of tests that the run did not check. */
  readonly kept: number;
}

/**
 * The entries of a baseline after a run: what it left, and what was there of tests that it did not check.
 *
 * @param noteOf the comment that goes with an entry
 */
export function updateBaseline(
  before: readonly NotedEntry[],
  run: ReportedRun,
  noteOf: (leftover: Leftover) => string,
): UpdatedBaseline {
  const leftovers = baselineLeftovers(run);
  const isChecked = hasChecked(run);
  const were = new Map(before.map((entry) => [entry.signature, entry]));
  const are = new Set(leftovers.map(({ signature }) => signature));
  const missing = before.filter(({ signature }) => !are.has(signature));
  const kept = missing.filter(({ test }) => !isChecked(test));
  const entries = leftovers.map((leftover) => entryOf(leftover, noteOf(leftover)));
  return {
    entries: [...entries, ...kept],
    added: entries.filter(({ signature }) => !were.has(signature)).length,
    changed: entries.filter((entry) => isOther(were.get(entry.signature), entry)).length,
    removed: missing.length - kept.length,
    kept: kept.length,
  };
}

function entryOf({ signature, test, sizeBytes, buffers }: Leftover, note: string): NotedEntry {
  return { signature, test, sizeBytes, buffers, note };
}

function isOther(was: BaselineEntry | undefined, is: BaselineEntry): boolean {
  return was !== undefined && (was.sizeBytes !== is.sizeBytes || was.buffers !== is.buffers);
}
