/** What a check is about: what a user would miss if it were wrong. In the order they are listed. */
export const PARTS = [
  "suite",
  "verdicts",
  "bytes",
  "lines",
  "holders",
  "innocent",
  "tracer",
  "lists",
  "hooks",
] as const;

export type Part = (typeof PARTS)[number];

/** One thing that was held against what was planted, or against what ttnn itself says. */
export interface Check {
  readonly part: Part;
  /** What was looked at. */
  readonly name: string;
  readonly isRight: boolean;
  readonly wanted: string;
  readonly got: string;
}

export function check(part: Part, name: string, wanted: string, got: string, isRight = wanted === got): Check {
  return { part, name, isRight, wanted, got };
}
