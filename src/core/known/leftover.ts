import type { Leftover } from "../model/comparison.ts";
import type { Finding } from "../model/finding.ts";
import { byVerdict } from "../model/finding-order.ts";
import { isLeftBehind } from "../model/left-behind.ts";
import type { TestReport } from "../model/run-report.ts";

/** What is compared of a finding, whether it was just judged or read from a report; of its buffers, how many there are. */
export type ReportedFinding = Pick<
  Finding,
  | "verdict"
  | "test"
  | "attempt"
  | "device"
  | "memoryType"
  | "sizeBytes"
  | "origin"
  | "holders"
  | "fails"
  | "known"
  | "signature"
  | "earlierSignatures"
> & { readonly buffers: readonly unknown[] };

/** What is compared of a run. */
export interface ReportedRun {
  readonly tests: readonly Pick<TestReport, "test" | "state">[];
  readonly findings: readonly ReportedFinding[];
}

/** A node id up to its parameters. */
function testWithoutParameters(test: string): string {
  const bracket = test.indexOf("[");
  return bracket === -1 ? test : test.slice(0, bracket);
}

/** What a finding is called where other signatures are kept: as one of them, where it was called so by an earlier version. */
export function nameAmong(
  { signature, earlierSignatures }: Pick<Finding, "signature" | "earlierSignatures">,
  kept: { has(signature: string): boolean },
): string {
  return [signature, ...earlierSignatures].find((each) => kept.has(each)) ?? signature;
}

/** What a run left, by signature, in the order of its findings. `kept`: signatures that it is held against. */
export function leftoversOf(
  findings: readonly ReportedFinding[],
  kept: { has(signature: string): boolean } = new Set(),
): ReadonlyMap<string, Leftover> {
  const groups = Map.groupBy(findings.filter(isLeftBehind), (finding) => nameAmong(finding, kept));
  return new Map([...groups].flatMap(([signature, group]) => leftoverOf(signature, group)));
}

function leftoverOf(signature: string, group: readonly ReportedFinding[]): [string, Leftover][] {
  const [first] = group.toSorted(byVerdict);
  if (first === undefined) return [];
  const { test, memoryType, verdict, origin, holders } = first;
  const name = test === null ? null : testWithoutParameters(test);
  const what = { signature, test: name, memoryType, verdict, origin, holder: holders[0] ?? null };
  return [[signature, { ...what, ...amountOf(group), fails: group.some(({ fails }) => fails) }]];
}

/** How much several findings are together. A test that failed and was run again left what one of its attempts did. */
export function amountOf(findings: readonly ReportedFinding[]): Pick<Leftover, "findings" | "sizeBytes" | "buffers"> {
  const places = Map.groupBy(findings, ({ test, device }) => JSON.stringify([test, device]));
  const counted = [...places.values()].flatMap(largestAttempt);
  return {
    findings: counted.length,
    sizeBytes: sizeOf(counted),
    buffers: counted.reduce((sum, { buffers }) => sum + buffers.length, 0),
  };
}

function largestAttempt(ofPlace: readonly ReportedFinding[]): readonly ReportedFinding[] {
  const [first = [], ...others] = Map.groupBy(ofPlace, ({ attempt }) => attempt).values();
  return others.reduce((most, attempt) => (sizeOf(attempt) > sizeOf(most) ? attempt : most), first);
}

function sizeOf(findings: readonly ReportedFinding[]): number {
  return findings.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

/** Whether a run would have seen what that test leaves; null: what is no test's, which any checked test shows. */
export function hasChecked(run: Pick<ReportedRun, "tests">): (test: string | null) => boolean {
  const checked = run.tests.filter(({ state }) => state === "checked").map(({ test }) => testWithoutParameters(test));
  const names = new Set(checked);
  return (test) => (test === null ? names.size > 0 : names.has(test));
}

/** What a baseline of a run has: not what is known by a mark or a suppression, which does not fail anyway. */
export function baselineLeftovers({ findings }: Pick<ReportedRun, "findings">): readonly Leftover[] {
  return [...leftoversOf(findings.filter(({ known }) => known === null || known.by === "baseline")).values()];
}
