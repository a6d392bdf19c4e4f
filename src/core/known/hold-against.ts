import { formatBytes } from "../base/bytes.ts";
import { count } from "../base/count.ts";
import type { Baseline, BaselineEntry, BaselineReport } from "../model/baseline.ts";
import type { Leftover } from "../model/comparison.ts";
import type { Finding } from "../model/finding.ts";
import { BASELINE_STATES, type BaselineState } from "../model/known.ts";
import { isLeftBehind } from "../model/left-behind.ts";
import { hasChecked, leftoversOf, nameAmong, type ReportedRun } from "./leftover.ts";
import { hasGrown } from "./tolerance.ts";

export interface HeldAgainst {
  readonly findings: readonly Finding[];
  readonly report: BaselineReport;
}

/**
 * Findings that the baseline has are known and do not fail, unless all of their signature together are more than there. What
 * is known by a mark or a suppression is left as it is, and counts as there.
 */
export function holdAgainst(
  findings: readonly Finding[],
  baseline: Baseline,
  tests: ReportedRun["tests"],
): HeldAgainst {
  const entries = new Map(baseline.entries.map((entry) => [entry.signature, entry]));
  const leftovers = leftoversOf(
    findings.filter(({ known }) => known === null),
    entries,
  );
  const told = findings.map((finding) => {
    if (!isLeftBehind(finding) || finding.known !== null) return finding;
    const leftover = leftovers.get(nameAmong(finding, entries));
    return leftover === undefined ? finding : toldFinding(finding, leftover, entries.get(leftover.signature), baseline);
  });
  return { findings: told, report: reportOf(told, baseline, tests) };
}

function signaturesOf({ signature, earlierSignatures }: Finding): readonly string[] {
  return [signature, ...earlierSignatures];
}

function toldFinding(
  finding: Finding,
  leftover: Leftover,
  entry: BaselineEntry | undefined,
  { name, tolerance }: Baseline,
): Finding {
  if (entry === undefined) return { ...finding, baseline: "new" };
  if (hasGrown(entry.sizeBytes, leftover.sizeBytes, tolerance)) {
    const grown = `The baseline has ${amountText(entry)} of this, and the run left ${amountText(leftover)}.`;
    return { ...finding, baseline: "grew", evidence: `${finding.evidence} ${grown}` };
  }
  const known = { by: "baseline", reason: `it is in the baseline ${name}`, ref: null } as const;
  return { ...finding, baseline: "known", fails: false, known };
}

function amountText({ sizeBytes, buffers }: Pick<BaselineEntry, "sizeBytes" | "buffers">): string {
  return `${formatBytes(sizeBytes)} in ${count(buffers, "buffer")}`;
}

function reportOf(
  findings: readonly Finding[],
  { name, entries }: Baseline,
  tests: ReportedRun["tests"],
): BaselineReport {
  const isChecked = hasChecked({ tests });
  const left = new Set(findings.filter(isLeftBehind).flatMap(signaturesOf));
  const missing = entries.filter(({ signature }) => !left.has(signature));
  const gone = missing.filter(({ test }) => isChecked(test));
  const amounts = BASELINE_STATES.map((state) => [state, findings.filter(({ baseline }) => baseline === state).length]);
  return {
    name,
    entries: entries.length,
    findings: Object.fromEntries(amounts) as Record<BaselineState, number>,
    gone,
    notChecked: missing.length - gone.length,
  };
}
