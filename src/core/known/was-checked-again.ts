import type { Leftover } from "../model/comparison.ts";
import { fileOfTest } from "../model/test-subject.ts";
import { ownerOf } from "./leftover-owner.ts";
import type { Moves } from "./moved-tests.ts";
import { checkedElsewhere, type TestsRun } from "./ran-tests.ts";

type Amount = Pick<Leftover, "signature" | "test" | "checkedTests">;

/** A run, and how its tests may have moved since an earlier one. */
export interface LaterRun {
  readonly run: TestsRun;
  readonly moves: Moves;
}

/**
 * Whether a later run would have seen all that was left before, so that what it did not see is gone: it checked as many tests
 * of that name, or, where their file is gone, of the same name in a new one. What is not a test's, any checked test shows; what is a wider
 * fixture's, only tests of a process that went on until the fixture had ended.
 */
export function wasCheckedAgain(leftover: Amount, { run, moves }: LaterRun): boolean {
  const { test, checkedTests } = leftover;
  if (test === null) return [...run.checked.values()].some((amount) => amount > 0);
  const wanted = Math.max(1, checkedTests ?? 1);
  const checked = ownerOf(leftover) === null ? run.checkedToEnd : run.checked;
  if ((checked.get(test) ?? 0) >= wanted) return true;
  return moves.isFileGone(fileOfTest(test)) && checkedElsewhere(checked, test, moves.isFileNew) >= wanted;
}

/** Whether less of it in a later run is less, and not what is left of fewer tests. */
export function isComparable(before: Amount, after: Amount, later: LaterRun): boolean {
  if (before.checkedTests === null || after.checkedTests === null) return wasCheckedAgain(before, later);
  return after.checkedTests >= before.checkedTests;
}

/** Whether its test's file is known to be no more. Where it went, if it did, is not known. */
export function hasLostFile({ test }: Pick<Leftover, "test">, { moves }: LaterRun): boolean {
  return test !== null && moves.isFileGone(fileOfTest(test));
}
