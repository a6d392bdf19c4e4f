import type { Finding, Verdict } from "../../core/model/finding.ts";
import { byVerdict } from "../../core/model/finding-order.ts";

/** In the order of `byVerdict`; what is equal stays in the order in which the tests ran. */
export function orderFindings(findings: readonly Finding[]): readonly Finding[] {
  return findings.toSorted(byVerdict);
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
