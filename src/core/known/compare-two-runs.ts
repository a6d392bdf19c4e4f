import { compareText } from "../base/compare-text.ts";
import { CHANGES, type Change, type ComparedLeftover, type Leftover } from "../model/comparison.ts";
import { type Joined, joinLeftovers } from "./join-leftovers.ts";
import { joinResized } from "./join-resized.ts";
import { leftoversOf, type ReportedRun } from "./leftover.ts";
import { type IsFileThere, movesBetween } from "./moved-tests.ts";
import { testsRun } from "./ran-tests.ts";
import { hasGrown, type Tolerance } from "./tolerance.ts";
import { isComparable, type LaterRun, wasCheckedAgain } from "./was-checked-again.ts";

/**
 * Joins what two runs left, by signature and test, and what is left of both by who made and holds it. What is new or grew comes first, then what did not change, then what went away; the
 * largest of each first.
 */
export function compareLeftovers(
  before: ReportedRun,
  after: ReportedRun,
  tolerance: Tolerance,
  isFileThere: IsFileThere = () => null,
): ComparedLeftover[] {
  const was = leftoversOf(before, signaturesOf(after));
  const is = leftoversOf(after, signaturesOf(before));
  const run = testsRun(after.tests);
  const later = { run, moves: movesBetween(testsRun(before.tests), run, isFileThere) };
  const joined = joinResized(joinLeftovers([...was.values()], [...is.values()], later.moves));
  return joined.map((each) => compared(each, later, tolerance)).toSorted(inOrder);
}

function signaturesOf({ findings }: ReportedRun): ReadonlySet<string> {
  return new Set(findings.map(({ signature }) => signature));
}

function compared(joined: Joined<Leftover, Leftover>, later: LaterRun, tolerance: Tolerance): ComparedLeftover {
  const change = changeOf(joined, later, tolerance);
  const fails = (change === "new" || change === "grew") && joined.after?.fails === true;
  return { change, fails, ...joined };
}

function changeOf({ before, after }: Joined<Leftover, Leftover>, later: LaterRun, tolerance: Tolerance): Change {
  if (before === null) return "new";
  if (after === null) return wasCheckedAgain(before, later) ? "gone" : "not-checked";
  if (hasGrown(before.sizeBytes, after.sizeBytes, tolerance)) return "grew";
  if (!hasGrown(after.sizeBytes, before.sizeBytes, tolerance)) return "same";
  return isComparable(before, after, later) ? "shrank" : "not-checked";
}

function inOrder(a: ComparedLeftover, b: ComparedLeftover): number {
  return (
    CHANGES.indexOf(a.change) - CHANGES.indexOf(b.change) ||
    Number(b.fails) - Number(a.fails) ||
    sizeOf(b) - sizeOf(a) ||
    compareText(signatureOf(a), signatureOf(b))
  );
}

function sizeOf({ before, after }: ComparedLeftover): number {
  return (after ?? before)?.sizeBytes ?? 0;
}

function signatureOf({ before, after }: ComparedLeftover): string {
  return (after ?? before)?.signature ?? "";
}
