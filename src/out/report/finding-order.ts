import { type Finding, VERDICTS, type Verdict } from "../../core/model/finding.ts";

/** Findings that fail before those that do not; among them the gravest verdict first, and those of a verdict as they came. */
export function orderFindings(findings: readonly Finding[]): readonly Finding[] {
  // The sort is stable: what is equal stays in the order in which the tests ran.
  return findings.toSorted((a, b) => Number(b.fails) - Number(a.fails) || gravity(a.verdict) - gravity(b.verdict));
}

function gravity(verdict: Verdict): number {
  return VERDICTS.indexOf(verdict);
}

export interface FindingGroup {
  readonly verdict: Verdict;
  readonly fails: boolean;
  /** At least one. */
  readonly findings: readonly Finding[];
}

/** The findings by verdict, in the order of `orderFindings`; a verdict that fails only here and there gives two groups. */
export function groupFindings(findings: readonly Finding[]): readonly FindingGroup[] {
  const groups = Map.groupBy(orderFindings(findings), ({ verdict, fails }) => `${verdict} ${fails}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : [{ verdict: first.verdict, fails: first.fails, findings: group }];
  });
}
