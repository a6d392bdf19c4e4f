import { emptyFinding } from "../model/empty-finding.ts";
import type { Finding } from "../model/finding.ts";
import type { BadMark, TestRecord } from "../model/run-record.ts";

/**
 * Tests that could not be measured, for each reason; where memory was seen all the same, `judged` already says so. A
 * marker that cannot be read is reported once, at its line, whatever memory was seen.
 */
export function notCheckedTests(tests: readonly TestRecord[], judged: readonly Finding[]): Finding[] {
  const said = new Set(
    judged.filter(({ verdict }) => verdict === "not-checked").map(({ test, attempt }) => `${attempt} ${test}`),
  );
  return tests
    .filter(({ ref, badMark }) => badMark !== null || !said.has(`${ref.attempt} ${ref.test}`))
    .flatMap((test) => [...new Set(test.notChecked)].map((reason) => finding(test, reason)));
}

function finding(test: TestRecord, reason: string): Finding {
  if (reason === test.badMark?.reason) return badMarkFinding(test, test.badMark);
  return emptyFinding({ verdict: "not-checked", evidence: `${reason}.` }, test.ref, `not-checked:${test.base}`);
}

function badMarkFinding({ ref, base }: TestRecord, { reason, place }: BadMark): Finding {
  const finding = emptyFinding({ verdict: "bad-mark", evidence: `${reason}.` }, ref, `bad-mark:${base}`);
  const name = base.split("::").at(-1) ?? base;
  return { ...finding, origin: { operation: "pytest.mark.memwatch", ...place, function: name, testLine: null } };
}
