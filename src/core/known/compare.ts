import { compareText } from "../base/compare-text.ts";
import { CHANGES, type Change, type ComparedLeftover, type Leftover } from "../model/comparison.ts";
import { hasChecked, leftoversOf, type ReportedRun } from "./leftover.ts";
import { hasGrown, type Tolerance } from "./tolerance.ts";

/**
 * Joins what two runs left by signature. What is new or grew comes first, then what did not change, then what went away; the
 * largest of each first.
 */
export function compareLeftovers(before: ReportedRun, after: ReportedRun, tolerance: Tolerance): ComparedLeftover[] {
  const was = leftoversOf(before.findings, signaturesOf(after));
  const is = leftoversOf(after.findings, signaturesOf(before));
  const isChecked = hasChecked(after);
  const there = [...is.values()].map((leftover) => compare(was.get(leftover.signature) ?? null, leftover, tolerance));
  const left = [...was.values()].filter(({ signature }) => !is.has(signature));
  const gone = left.map((leftover): ComparedLeftover => {
    return { change: isChecked(leftover.test) ? "gone" : "not-checked", fails: false, before: leftover, after: null };
  });
  return [...there, ...gone].toSorted(inOrder);
}

function signaturesOf({ findings }: ReportedRun): ReadonlySet<string> {
  return new Set(findings.map(({ signature }) => signature));
}

function compare(before: Leftover | null, after: Leftover, tolerance: Tolerance): ComparedLeftover {
  const change = before === null ? "new" : changeOf(before.sizeBytes, after.sizeBytes, tolerance);
  return { change, fails: after.fails && (change === "new" || change === "grew"), before, after };
}

function changeOf(wasBytes: number, isBytes: number, tolerance: Tolerance): Change {
  if (hasGrown(wasBytes, isBytes, tolerance)) return "grew";
  return hasGrown(isBytes, wasBytes, tolerance) ? "shrank" : "same";
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
