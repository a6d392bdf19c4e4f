import type { BaselineReport } from "../model/baseline.ts";
import type { Finding } from "../model/finding.ts";
import type { KnownFindings } from "../model/known-findings.ts";
import type { SuppressionsReport } from "../model/suppression.ts";
import { applySuppressions, type Circumstances } from "./apply-suppressions.ts";
import { holdAgainstBaseline } from "./hold-against-baseline.ts";

/** Findings, with what is known of them, and how that was used. */
export interface Marked {
  readonly findings: readonly Finding[];
  readonly suppressions: SuppressionsReport | null;
  readonly baseline: BaselineReport | null;
}

/** Tells what is known from what is not: by suppressions first, then by the baseline. */
export function markKnown(graded: readonly Finding[], known: KnownFindings, circumstances: Circumstances): Marked {
  const { suppressions, baseline } = known;
  const suppressed = suppressions === null ? null : applySuppressions(graded, suppressions, circumstances);
  const findings = suppressed?.findings ?? graded;
  const held = baseline === null ? null : holdAgainstBaseline(findings, baseline, circumstances);
  return {
    findings: held?.findings ?? findings,
    suppressions: suppressions === null ? null : { file: suppressions.file, entries: suppressed?.uses ?? [] },
    baseline: held?.report ?? null,
  };
}
