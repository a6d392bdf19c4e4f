import { matchesGlob } from "../base/glob.ts";
import type { Finding } from "../model/finding.ts";
import type { Suppression } from "../model/suppression.ts";

/** Whether all that a suppression says of a finding is so. */
export function coversFinding(entry: Suppression, finding: Finding): boolean {
  const { signature, memoryType } = entry;
  return (
    (signature === null || [finding.signature, ...finding.earlierSignatures].includes(signature)) &&
    (memoryType === null || memoryType === finding.memoryType) &&
    isForTest(entry, finding.test ?? "") &&
    hasOrigin(entry, finding) &&
    hasHolder(entry, finding)
  );
}

/** Whether it is for what that test leaves; empty: for what lies between tests. */
export function isForTest({ tests }: Pick<Suppression, "tests">, test: string): boolean {
  return tests === null || matchesGlob(tests, test);
}

function hasOrigin({ origin: glob }: Suppression, { origin }: Finding): boolean {
  if (glob === null) return true;
  if (origin === null) return false;
  const { operation, file, function: name } = origin;
  return [operation ?? "", file, `${file}::${name}`].some((text) => matchesGlob(glob, text));
}

function hasHolder({ holder: glob }: Suppression, { holders }: Finding): boolean {
  return glob === null || holders.some((holder) => matchesGlob(glob, holder));
}
