import { globMatcher } from "../base/glob.ts";
import type { Finding, Origin } from "../model/finding.ts";
import type { Suppression } from "../model/suppression.ts";
import { fileOfTest } from "../model/test-subject.ts";
import { type NamedLeftover, ownerOf } from "./leftover-owner.ts";

/** A suppression that findings are held against. */
export interface SuppressionMatcher {
  readonly entry: Suppression;
  /** Whether all that it says of a finding is so. */
  readonly covers: (finding: Finding) => boolean;
  /** Whether it is for what that test leaves; empty: for what lies between tests. */
  readonly isForTest: (test: string) => boolean;
}

/** `isFileGone`: whether a file, relative to pytest's root directory, is known to be no more. */
export function matcherOf(entry: Suppression, isFileGone: (file: string) => boolean): SuppressionMatcher {
  const { signature, memoryType } = entry;
  const [isForTest, isOrigin, isHolder] = [testsPattern(entry, isFileGone), entry.origin, entry.holder].map(matcher);
  const covers = (finding: Finding): boolean =>
    (signature === null || signature === finding.signature || finding.earlierSignatures.includes(signature)) &&
    (memoryType === null || memoryType === finding.memoryType) &&
    (isForTest === undefined || isForTest(finding.test ?? "")) &&
    (isOrigin === undefined || namesOf(finding.origin).some(isOrigin)) &&
    (isHolder === undefined || finding.holders.some(isHolder));
  return { entry, covers, isForTest: isForTest ?? (() => true) };
}

/** As it is written; where there is a signature and the file is gone, of the same name in any file: it was moved. */
function testsPattern({ signature, tests }: Suppression, isFileGone: (file: string) => boolean): string | null {
  if (signature === null || tests === null) return tests;
  const file = fileOfTest(tests);
  if (file === tests || /[*?]/.test(file) || !isFileGone(file)) return tests;
  return `*${tests.slice(file.length)}`;
}

/**
 * The pattern of the tests that a leftover is accepted of: its own, with any parameters; null: of any, because it is not a test's.
 */
export function patternOf(leftover: NamedLeftover): string | null {
  const owner = ownerOf(leftover);
  return owner === null ? null : `${owner}*`;
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
