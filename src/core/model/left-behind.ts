import type { Finding, Verdict } from "./finding.ts";

/** Verdicts on memory that a test left and that asks for something to be done, which somebody may know of and accept. */
const LEFT_BEHIND: ReadonlySet<Verdict> = new Set(["leak", "suspect", "fragmentation", "untrusted"]);

/** Whether baselines, suppressions, the history and comparisons of runs are about such a finding. */
export function isLeftBehind({ verdict }: Pick<Finding, "verdict">): boolean {
  return LEFT_BEHIND.has(verdict);
}
