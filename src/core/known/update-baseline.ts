import type { BaselineEntry, NotedEntry } from "../model/baseline.ts";
import type { Leftover } from "../model/comparison.ts";
import { type Joined, joinLeftovers } from "./join-leftovers.ts";
import { baselineLeftovers, type ReportedRun } from "./leftover.ts";
import { movesSince } from "./moved-tests.ts";
import { testsRun } from "./ran-tests.ts";
import { hasLostFile, isComparable, type LaterRun, wasCheckedAgain } from "./was-checked-again.ts";

/** What a baseline is to have, and how that differs from what it had. */
export interface UpdatedBaseline {
  readonly entries: readonly NotedEntry[];
  readonly added: number;
  /** Of another amount, of more tests, or of a file that was moved. */
  readonly changed: number;
  readonly removed: number;
  /** Of tests that the run did not check, or of which it checked fewer. */
  readonly kept: number;
  /** Of these, those whose test's file is gone. */
  readonly withoutFile: number;
}

/**
 * The entries of a baseline after a run: what it left, and what was there of tests that it did not check.
 *
 * @param noteOf the comment that goes with an entry
 * @param isFileGone whether a file, relative to pytest's root directory, is known to be no more
 */
export function updateBaseline(
  before: readonly NotedEntry[],
  run: ReportedRun,
  noteOf: (leftover: Leftover) => string,
  isFileGone: (file: string) => boolean,
): UpdatedBaseline {
  const tests = testsRun(run.tests);
  const later = { run: tests, moves: movesSince(isFileGone, tests) };
  const joined = joinLeftovers(before, baselineLeftovers(run), later.moves);
  const updated = joined.map((each) => ({ ...each, state: stateOf(each, later) }));
  const amountOf = (wanted: EntryState): number => updated.filter(({ state }) => state === wanted).length;
  return {
    entries: updated.flatMap((each) => entryOf(each, noteOf)),
    added: amountOf("added"),
    changed: amountOf("changed"),
    removed: amountOf("removed"),
    kept: amountOf("kept"),
    withoutFile: updated.filter(({ state, before: was }) => state === "kept" && was !== null && hasLostFile(was, later))
      .length,
  };
}

/** What becomes of an entry. */
type EntryState = "added" | "changed" | "same" | "kept" | "removed";

type JoinedEntry = Joined<NotedEntry, Leftover>;

function stateOf({ before, after }: JoinedEntry, later: LaterRun): EntryState {
  if (before === null) return "added";
  if (after === null) return wasCheckedAgain(before, later) ? "removed" : "kept";
  const isLess = after.sizeBytes < before.sizeBytes || after.buffers < before.buffers;
  if (isLess && !isComparable(before, after, later)) return "kept";
  return isOther(before, amended(before, after)) ? "changed" : "same";
}

/** What the file is to have of it: one entry or none. */
function entryOf(
  { before, after, state }: JoinedEntry & { readonly state: EntryState },
  noteOf: (leftover: Leftover) => string,
): NotedEntry[] {
  if (before !== null && state === "kept") return [before];
  if (after === null) return [];
  // Somebody may have said more there.
  const note = state === "same" ? (before?.note ?? null) : null;
  return [{ ...amended(before, after), note: note ?? noteOf(after) }];
}

/** An amount stays that of as many tests as it was: of fewer it would be taken for less. */
function amended(
  before: BaselineEntry | null,
  { signature, test, sizeBytes, buffers, checkedTests }: Leftover,
): BaselineEntry {
  const tests = checkedTests === null ? null : Math.max(checkedTests, before?.checkedTests ?? 0);
  return { signature, test, sizeBytes, buffers, checkedTests: tests };
}

function isOther(was: BaselineEntry, is: BaselineEntry): boolean {
  const { test, sizeBytes, buffers, checkedTests } = was;
  return is.test !== test || is.sizeBytes !== sizeBytes || is.buffers !== buffers || is.checkedTests !== checkedTests;
}
