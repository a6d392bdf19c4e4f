import type { Finding } from "../model/finding.ts";
import type { TestRecord } from "../model/run-record.ts";

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
  return {
    verdict: "not-checked",
    test: test.ref.test,
    attempt: test.ref.attempt,
    phase: null,
    fixture: null,
    device: null,
    chips: [],
    memoryType: null,
    sizeBytes: 0,
    bytesPerBank: 0,
    banks: 0,
    buffers: [],
    origin: null,
    holders: [],
    repeats: [],
    evidence: `${reason}.`,
    fails: false,
    signature: `not-checked:${test.base}`,
  };
}
