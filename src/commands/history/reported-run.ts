import type { ReportedFinding, ReportedRun } from "../../core/known/leftover.ts";
import type { StoredFinding, StoredRun } from "../../core/model/history.ts";

/** What is compared of a run that was stored. */
export function reportedRun({ tests, findings }: Pick<StoredRun, "tests" | "findings">): ReportedRun {
  return { tests, findings: findings.map(reportedFinding) };
}

/** A finding as a report has it: of its buffers, how many there are. */
export function reportedFinding(finding: StoredFinding): ReportedFinding {
  return { ...finding, buffers: Array.from({ length: finding.buffers }) };
}
