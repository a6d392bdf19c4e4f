import type { Finding } from "../model/finding.ts";
import type { TestRecord } from "../model/run-record.ts";
import { emptyFinding } from "./empty-finding.ts";

/** Tests that could not be measured, for each reason; where memory was seen all the same, `judged` already says so. */
export function notCheckedTests(tests: readonly TestRecord[], judged: readonly Finding[]): Finding[] {
  const said = new Set(
    judged.filter(({ verdict }) => verdict === "not-checked").map(({ test, attempt }) => `${attempt} ${test}`),
  );
  return tests
    .filter(({ ref }) => !said.has(`${ref.attempt} ${ref.test}`))
    .flatMap((test) => [...new Set(test.notChecked)].map((reason) => finding(test, reason)));
}

function finding(test: TestRecord, reason: string): Finding {
  return emptyFinding({ verdict: "not-checked", evidence: `${reason}.` }, test.ref, `not-checked:${test.base}`);
}
