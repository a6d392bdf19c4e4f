import type { Verdict } from "../model/finding.ts";

/** A verdict and its evidence: one or two sentences with numbers: why, and what to do. */
export interface Judgement {
  readonly verdict: Verdict;
  readonly evidence: string;
}
