import type { Finding, Verdict } from "./finding.ts";
import type { TestReport } from "./run-report.ts";

/** Verdicts on memory that a test left and that asks for something to be done, which somebody may know of and accept. */
const LEFT_BEHIND: ReadonlySet<Verdict> = new Set(["leak", "suspect", "fragmentation", "untrusted"]);

/** Whether baselines, suppressions, the history and comparisons of runs are about such a finding. */
export function isLeftBehind({ verdict }: Pick<Finding, "verdict">): boolean {
  return LEFT_BEHIND.has(verdict);
}

/**
 * Whether a test that left nothing shows that what it used to leave is gone. One that was skipped or failed may have ended
 * before it came to that.
 */
export function showsWhatIsGone({ state, outcome }: Pick<TestReport, "state" | "outcome">): boolean {
  return state === "checked" && (outcome === "passed" || outcome === "xpassed");
}
