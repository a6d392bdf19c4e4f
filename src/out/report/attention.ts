import type { Finding, Verdict } from "../../core/model/finding.ts";

/** How much a reader has to look at a finding: `none` is normal, and only said to be complete. */
export type Attention = "error" | "warning" | "none";

/** A finding that was measured, or one of an allocation server. */
type Graded = Pick<Finding, "verdict" | "fails"> & Partial<Pick<Finding, "known">>;

/** Verdicts that ask for something to be done, where the rules do not make them fail. */
const ASKS: ReadonlySet<Verdict> = new Set([
  "leak",
  "suspect",
  "over-limit",
  "untrusted",
  "fragmentation",
  "bad-mark",
  "fixed",
  "not-checked",
]);

/** An error if it makes the run fail; what is marked as known was looked at before. */
export function attentionOf({ verdict, fails, known = null }: Graded): Attention {
  if (fails) return "error";
  return known === null && ASKS.has(verdict) ? "warning" : "none";
}
