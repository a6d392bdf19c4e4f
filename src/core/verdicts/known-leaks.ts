import { emptyFinding } from "../model/empty-finding.ts";
import type { Finding, Verdict } from "../model/finding.ts";
import type { TestRecord } from "../model/run-record.ts";

/** What may be found of a test whose leak is gone. */
const HARMLESS: ReadonlySet<Verdict> = new Set(["program-cache", "over-limit"]);

/** What fails whatever a mark says of the test's leak. */
const NOT_OF_LEAKS: ReadonlySet<Verdict> = new Set(["bad-mark", "over-limit"]);

/** Findings of tests whose leaks are known do not fail. */
export function withKnownLeaks(findings: readonly Finding[], tests: readonly TestRecord[]): readonly Finding[] {
  const marked = markedTests(tests);
  if (marked.size === 0) return findings;
  return findings.map((finding) => {
    const known = marked.get(finding.test ?? "")?.known ?? null;
    if (known === null || !finding.fails || NOT_OF_LEAKS.has(finding.verdict)) return finding;
    const { reason, ref, place } = known;
    return { ...finding, fails: false, known: { by: "mark" as const, reason, ref }, markedAt: place };
  });
}

/** A finding for each test that leaves nothing any more of what its mark says. */
export function fixedLeaks(
  findings: readonly Finding[],
  tests: readonly TestRecord[],
  failsFixed: boolean,
): readonly Finding[] {
  const marked = markedTests(tests);
  if (marked.size === 0) return [];
  const left = new Set(findings.filter(({ verdict }) => !HARMLESS.has(verdict)).map(({ test }) => test));
  const attempts = Map.groupBy(tests, ({ ref }) => ref.test);
  const fixed = [...marked.values()].filter(({ ref: { test } }) => !left.has(test) && areAllSeen(attempts.get(test)));
  return fixed.map((test) => fixedLeak(test, failsFixed));
}

/** Of each name the last attempt. */
function markedTests(tests: readonly TestRecord[]): ReadonlyMap<string, TestRecord> {
  return new Map(tests.filter(({ known }) => known !== null).map((test) => [test.ref.test, test]));
}

/**
 * Whether every attempt ran to its end and was measured from its first run on: of others nobody knows what they would
 * have left.
 */
function areAllSeen(attempts: readonly TestRecord[] = []): boolean {
  return attempts.every(({ outcome, notChecked, devices, warmUp }) => {
    return outcome === "passed" && warmUp === null && notChecked.length === 0 && devices.length > 0;
  });
}

function fixedLeak({ ref, base, known }: TestRecord, failsFixed: boolean): Finding {
  const why = known === null ? "" : ` (${known.reason})`;
  const markedAt = known?.place ?? null;
  const mark = markedAt === null ? "the mark" : `the mark at ${markedAt.file}:${markedAt.line}`;
  const evidence = `It is marked as a known leak${why}, and it left nothing: remove ${mark}.`;
  const finding = emptyFinding({ verdict: "fixed", evidence }, ref, `fixed:${base}`);
  return { ...finding, markedAt, fails: failsFixed || known?.strict === true };
}
