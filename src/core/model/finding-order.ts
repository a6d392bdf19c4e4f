import { type Finding, VERDICTS } from "./finding.ts";

/** What findings are ordered and counted by, whoever saw the memory. */
export type Graded = Pick<Finding, "verdict" | "sizeBytes" | "fails">;

/** Findings that fail before those that do not; among them the gravest verdict, then the most bytes first. */
export function byGravity(a: Graded, b: Graded): number {
  const byVerdict = VERDICTS.indexOf(a.verdict) - VERDICTS.indexOf(b.verdict);
  return Number(b.fails) - Number(a.fails) || byVerdict || b.sizeBytes - a.sizeBytes;
}
