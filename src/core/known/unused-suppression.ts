import { emptyFinding } from "../model/empty-finding.ts";
import type { Finding } from "../model/finding.ts";
import type { Suppression, Suppressions, SuppressionUse } from "../model/suppression.ts";

/** What a suppression was for is gone: reported like a mark whose leak is gone. */
export function unusedFinding(use: SuppressionUse, { file, path }: Suppressions, fails: boolean): Finding {
  const { reason, line, until, state } = use;
  const ended = state === "expired" ? ` It held until ${until}.` : "";
  const evidence = `It is suppressed (${reason}), and no test left anything like it.${ended} Remove the suppression from ${file}.`;
  const finding = emptyFinding({ verdict: "fixed", evidence }, null, `fixed:suppression:${wordsOf(use)}`);
  return { ...finding, fails, markedAt: { file: path, line: line ?? 1 } };
}

/** What it matches: the same in each run, wherever it stands in its file. */
function wordsOf({ signature, tests, memoryType, origin, holder }: Suppression): string {
  return [signature, tests, memoryType, origin, holder].map((word) => word ?? "*").join(" | ");
}
