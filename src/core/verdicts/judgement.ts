import type { Verdict } from "../model/finding.ts";

/** A verdict and its evidence: one sentence with numbers, and what would change it. */
export interface Judgement {
  readonly verdict: Verdict;
  readonly evidence: string;
}
