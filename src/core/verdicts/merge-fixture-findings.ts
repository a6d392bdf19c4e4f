import type { Finding } from "../model/finding.ts";
import type { TestRecord } from "../model/run-record.ts";

/**
 * A fixture that is set up in several workers, or again for each module, is one cause: its findings become one, charged to the first test
 * (in collected order) that set it up.
 */
export function mergeFixtureFindings(findings: readonly Finding[], tests: readonly TestRecord[]): Finding[] {
  const index = new Map(tests.map((test) => [test.ref.test, test.index]));
  const position = (finding: Finding) => (finding.test === null ? -1 : (index.get(finding.test) ?? -1));
  const first = new Map<string, Finding>();
  for (const finding of findings) {
    const key = causeOf(finding);
    const known = first.get(key);
    if (known === undefined || position(finding) < position(known)) first.set(key, finding);
  }
  return [...first.values()];
}

/** What two findings share when they have one cause; findings that are a test's own share nothing. */
function causeOf(finding: Finding): string {
  const { fixture, phase, verdict, chips, memoryType, signature, evidence, test, attempt } = finding;
  if (fixture === null || phase !== "fixture")
    return JSON.stringify([test, attempt, verdict, chips, memoryType, evidence, signature]);
  return JSON.stringify([fixture.name, fixture.baseId, verdict, chips, memoryType, evidence]);
}
