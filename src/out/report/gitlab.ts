import { createHash } from "node:crypto";
import type { Finding } from "../../core/model/finding.ts";
import type { RunReport, RunSummary } from "../../core/model/run-report.ts";
import { attentionOf } from "./attention.ts";
import { messageOf } from "./finding-message.ts";
import { orderFindings } from "./finding-order.ts";
import { placeOf } from "./source-place.ts";

/** What is normal is no issue, and is left out. */
const SEVERITY = { error: "major", warning: "minor" } as const;

/** The findings that need attention as GitLab's Code Quality report: a list of issues, each at a line. */
export function gitlabReport({ run, findings }: RunReport): string {
  const issues = orderFindings(findings).flatMap((finding) => issueOf(finding, run));
  return `${JSON.stringify(issues, null, 2)}\n`;
}

function issueOf(finding: Finding, run: RunSummary): object[] {
  const attention = attentionOf(finding);
  if (attention === "none") return [];
  // GitLab takes no issue without a path.
  const { file, line } = placeOf(finding, run, run.cwd) ?? { file: ".", line: null };
  return [
    {
      description: messageOf(finding),
      check_name: `tt-memwatch/${finding.verdict}`,
      fingerprint: fingerprintOf(finding),
      severity: SEVERITY[attention],
      location: { path: file, lines: { begin: line ?? 1 } },
    },
  ];
}

/** Unique in a report, as GitLab wants it, and the same in that of another run. */
function fingerprintOf({ verdict, signature, test, attempt, device, memoryType }: Finding): string {
  return createHash("sha256")
    .update(JSON.stringify([verdict, signature, test, attempt, device, memoryType]))
    .digest("hex");
}
