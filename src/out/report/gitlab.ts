import { createHash } from "node:crypto";
import type { Finding } from "../../core/model/finding.ts";
import type { RunReport, RunSummary } from "../../core/model/run-report.ts";
import { attentionOf } from "./attention.ts";
import { messageOf } from "./finding-message.ts";
import { orderFindings } from "./group-by-verdict.ts";
import { placeOf } from "./source-place.ts";

/**
 * The findings that need attention as GitLab's Code Quality report: a list of issues, each at a line. What fails is major,
 * what is only wrong is minor, and what is normal is left out.
 */
export function gitlabReport({ run, findings }: RunReport): string {
  const told = orderFindings(findings).filter((finding) => attentionOf(finding) !== "none");
  const alike = [...Map.groupBy(told, identityOf).values()];
  const numbers = new Map(alike.flatMap((group) => group.map((finding, index) => [finding, index] as const)));
  const issues = told.map((finding) => issueOf(finding, numbers.get(finding) ?? 0, run));
  return `${JSON.stringify(issues, null, 2)}\n`;
}

/** `number`: among the findings that are alike. */
function issueOf(finding: Finding, number: number, run: RunSummary): object {
  // GitLab takes no issue without a path.
  const { file, line } = placeOf(finding, run, run.cwd) ?? { file: ".", line: null };
  return {
    description: messageOf(finding),
    check_name: `tt-memwatch/${finding.verdict}`,
    // Unique in a report, as GitLab wants it, and the same in that of another run.
    fingerprint: createHash("sha256")
      .update(`${identityOf(finding)}${number === 0 ? "" : ` ${number}`}`)
      .digest("hex"),
    severity: finding.fails ? "major" : "minor",
    location: { path: file, lines: { begin: line ?? 1 } },
  };
}

function identityOf({ verdict, signature, test, attempt, device, memoryType }: Finding): string {
  return JSON.stringify([verdict, signature, test, attempt, device, memoryType]);
}
