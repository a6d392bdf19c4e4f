import type { Finding } from "../model/finding.ts";
import { byVerdict } from "../model/finding-order.ts";
import { type Cause, causesOf } from "../model/group-by-cause.ts";
import { LIVE_CAUSES_MAX, type LiveCause, type LiveCauses, type LiveVerdict } from "../model/live-snapshot.ts";
import type { Known } from "../model/why-known.ts";
import { beginningOf, endOf } from "./shorten-live-text.ts";

/** Of a source that has judged nothing. */
export function notJudged(reason: string): LiveCauses {
  return { judgedAtMs: null, reason, findings: 0, failing: 0, known: 0, verdicts: [], list: [] };
}

/** What was judged at a time, by cause; the gravest are listed. */
export function liveCauses(findings: readonly Finding[], judgedAtMs: number): LiveCauses {
  const sorted = findings.toSorted(byVerdict);
  const causes = causesOf(sorted);
  return {
    judgedAtMs,
    reason: "",
    findings: findings.length,
    failing: findings.filter(({ fails }) => fails).length,
    known: findings.filter(({ known }) => known !== null).length,
    verdicts: liveVerdicts(sorted),
    list: causes.slice(0, LIVE_CAUSES_MAX).flatMap(liveCause),
  };
}

/** How much there is of each verdict, in the order in which they come first. */
export function liveVerdicts(findings: readonly Pick<Finding, "verdict" | "sizeBytes">[]): readonly LiveVerdict[] {
  const groups = [...Map.groupBy(findings, ({ verdict }) => verdict)];
  return groups.map(([verdict, alike]) => {
    return { verdict, findings: alike.length, sizeBytes: alike.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) };
  });
}

/** How many causes there are; beyond a limit they are not listed. */
export function causesLeftOut(findings: readonly Finding[]): number {
  return Math.max(0, causesOf(findings).length - LIVE_CAUSES_MAX);
}

function liveCause({ id, findings, holder, sizeBytes }: Cause): LiveCause[] {
  const [first] = findings;
  if (first === undefined) return [];
  const { verdict, fails, known, memoryType, origin, evidence } = first;
  const last = findings.findLast(({ test }) => test !== null)?.test ?? null;
  return [
    {
      id: beginningOf(id),
      verdict,
      fails,
      known: known === null ? null : knownOf(known),
      memoryType,
      sizeBytes,
      findings: findings.length,
      operation: origin?.operation == null ? null : beginningOf(origin.operation),
      line: origin === null ? null : { file: endOf(origin.file), line: origin.line },
      holder: holder === null ? null : beginningOf(holder),
      test: last === null ? null : endOf(last),
      evidence: beginningOf(evidence),
    },
  ];
}

function knownOf({ by, reason, ref }: Known): Known {
  return { by, reason: beginningOf(reason), ref: ref === null ? null : beginningOf(ref) };
}
