import { type Finding, VERDICTS } from "./finding.ts";
import type { RunReport } from "./run-report.ts";

/** What findings are ordered and counted by, whoever saw the memory. */
export type Graded = Pick<Finding, "verdict" | "sizeBytes" | "fails">;

/** Every finding of a run, measured or on its allocation server. */
export function gradedOf({ findings, allocations }: Pick<RunReport, "findings" | "allocations">): readonly Graded[] {
  return [...findings, ...(allocations?.findings ?? [])];
}

/** Findings that fail before those that do not; among them the gravest verdict first. */
export function byVerdict(a: Graded, b: Graded): number {
  return Number(b.fails) - Number(a.fails) || VERDICTS.indexOf(a.verdict) - VERDICTS.indexOf(b.verdict);
}

/** The same, and the most bytes first: for findings that have no order of their own. */
export function byGravity(a: Graded, b: Graded): number {
  return byVerdict(a, b) || b.sizeBytes - a.sizeBytes;
}
