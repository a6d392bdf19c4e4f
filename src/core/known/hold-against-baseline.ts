import { formatBytes } from "../base/bytes.ts";
import { count } from "../base/count.ts";
import type { Baseline, BaselineEntry, BaselineReport } from "../model/baseline.ts";
import type { Leftover } from "../model/comparison.ts";
import type { Finding } from "../model/finding.ts";
import { isLeftBehind } from "../model/left-behind.ts";
import { BASELINE_STATES, type BaselineState } from "../model/why-known.ts";
import type { Circumstances } from "./apply-suppressions.ts";
import { joinLeftovers } from "./join-leftovers.ts";
import { leftoverKey, leftoversOf } from "./leftover.ts";
import { findingKey, keyOf } from "./leftover-owner.ts";
import { movesSince } from "./moved-tests.ts";
import { testsRun } from "./ran-tests.ts";
import { hasGrown } from "./tolerance.ts";
import { hasLostFile, type LaterRun, wasCheckedAgain } from "./was-checked-again.ts";

export interface HeldAgainst {
  readonly findings: readonly Finding[];
  readonly report: BaselineReport;
}

/**
 * Findings that the baseline has are known and do not fail, unless all of their signature and test together are more than
 * there. What is known by a mark or a suppression is left as it is, and counts as there.
 */
export function holdAgainstBaseline(
  findings: readonly Finding[],
  baseline: Baseline,
  { tests, isFileGone }: Pick<Circumstances, "tests" | "isFileGone">,
): HeldAgainst {
  const kept = new Set(baseline.entries.map(({ signature }) => signature));
  const run = testsRun(tests);
  const later = { run, moves: movesSince(isFileGone, run) };
  const unknown = findings.filter(({ known }) => known === null);
  const leftovers = [...leftoversOf({ tests, findings: unknown }, kept).values()];
  const joined = joinLeftovers(baseline.entries, leftovers, later.moves);
  const joinedOf = new Map(
    joined.flatMap(({ before, after }) => (after === null ? [] : [[keyOf(after), { before, after }]])),
  );
  const told = findings.map((finding) => {
    if (!isLeftBehind(finding) || finding.known !== null) return finding;
    const held = joinedOf.get(leftoverKey(finding, kept));
    return held === undefined ? finding : markedFinding(finding, held.after, held.before, baseline);
  });
  const missing = joined.flatMap(({ before, after }) => (before === null || after !== null ? [] : [before]));
  return { findings: told, report: reportOf(told, baseline, missing, later) };
}

function markedFinding(
  finding: Finding,
  leftover: Leftover,
  entry: BaselineEntry | null,
  { name, tolerance }: Baseline,
): Finding {
  if (entry === null) return { ...finding, baseline: "new" };
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

/** `missing`: entries that were joined with nothing. */
function reportOf(
  findings: readonly Finding[],
  { name, entries }: Baseline,
  missing: readonly BaselineEntry[],
  later: LaterRun,
): BaselineReport {
  // What is known otherwise is there, and so is what earlier versions called the same.
  const left = new Set(findings.filter(isLeftBehind).flatMap(keysOf));
  const absent = missing.filter((entry) => !left.has(keyOf(entry)));
  const gone = absent.filter((entry) => wasCheckedAgain(entry, later));
  const unknown = absent.filter((entry) => !wasCheckedAgain(entry, later));
  const amounts = BASELINE_STATES.map((state) => [state, findings.filter(({ baseline }) => baseline === state).length]);
  return {
    name,
    entries: entries.length,
    findings: Object.fromEntries(amounts) as Record<BaselineState, number>,
    gone,
    notChecked: unknown.length,
    withoutFile: unknown.filter((entry) => hasLostFile(entry, later)),
  };
}

function keysOf({ signature, earlierSignatures, test }: Finding): readonly string[] {
  return [signature, ...earlierSignatures].map((each) => findingKey(each, test));
}
