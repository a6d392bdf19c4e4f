import type { Finding } from "../model/finding.ts";
import type { TestRecord } from "../model/run-record.ts";

/**
 * A fixture that is set up in several workers, or again for each module, is one cause: its findings become one, charged to the first test
 * (in collected order) that set it up.
 */
export function mergeFixtureFindings(findings: readonly Finding[], tests: readonly TestRecord[]): Finding[] {
  const index = new Map(tests.map((test) => [test.ref.test, test.index]));
  const position = (finding: Finding) => (finding.test === null ? -1 : (index.get(finding.test) ?? -1));
  const amounts = amountsByTest(findings);
  const first = new Map<string | Finding, Finding>();
  for (const finding of findings) {
    // With no other of its test it has no like, and a large run has many of those.
    const isAlone = !isFixtures(finding) && amounts.get(finding.test) === 1;
    const key = isAlone ? finding : causeOf(finding);
    const known = first.get(key);
    if (known === undefined || position(finding) < position(known)) first.set(key, finding);
  }
  return [...first.values()];
}

function amountsByTest(findings: readonly Finding[]): ReadonlyMap<string | null, number> {
  const amounts = new Map<string | null, number>();
  for (const { test } of findings) amounts.set(test, (amounts.get(test) ?? 0) + 1);
  return amounts;
}

function isFixtures({ fixture, phase }: Finding): boolean {
  return fixture !== null && phase === "fixture";
}

/** What two findings share when they have one cause; findings that are a test's own share nothing. */
function causeOf(finding: Finding): string {
  const { fixture, phase, verdict, chips, memoryType, signature, evidence, test, attempt } = finding;
  if (fixture === null || phase !== "fixture")
    return JSON.stringify([test, attempt, verdict, chips, memoryType, evidence, signature]);
  return JSON.stringify([fixture.name, fixture.baseId, verdict, chips, memoryType, evidence]);
}
