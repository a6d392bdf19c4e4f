import { globMatcher } from "../base/glob.ts";
import type { Finding, Origin } from "../model/finding.ts";
import type { Suppression } from "../model/suppression.ts";

/** A suppression that findings are held against. */
export interface SuppressionMatcher {
  readonly entry: Suppression;
  /** Whether all that it says of a finding is so. */
  readonly covers: (finding: Finding) => boolean;
  /** Whether it is for what that test leaves; empty: for what lies between tests. */
  readonly isForTest: (test: string) => boolean;
}

export function matcherOf(entry: Suppression): SuppressionMatcher {
  const { signature, memoryType } = entry;
  const [isForTest, isOrigin, isHolder] = [entry.tests, entry.origin, entry.holder].map(matcher);
  const covers = (finding: Finding): boolean =>
    (signature === null || signature === finding.signature || finding.earlierSignatures.includes(signature)) &&
    (memoryType === null || memoryType === finding.memoryType) &&
    (isForTest === undefined || isForTest(finding.test ?? "")) &&
    (isOrigin === undefined || namesOf(finding.origin).some(isOrigin)) &&
    (isHolder === undefined || finding.holders.some(isHolder));
  return { entry, covers, isForTest: isForTest ?? (() => true) };
}

function matcher(glob: string | null): ((text: string) => boolean) | undefined {
  return glob === null ? undefined : globMatcher(glob);
}

/** What an origin may be called: none where it is not known. */
function namesOf(origin: Origin | null): readonly string[] {
  if (origin === null) return [];
  const { operation, file, function: name } = origin;
  return [operation ?? "", file, `${file}::${name}`];
}
