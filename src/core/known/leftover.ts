import { compareText } from "../base/compare-text.ts";
import type { Leftover } from "../model/comparison.ts";
import type { Finding } from "../model/finding.ts";
import { byVerdict } from "../model/finding-order.ts";
import type { StoredFinding } from "../model/history.ts";
import { isLeftBehind } from "../model/left-behind.ts";
import type { TestReport } from "../model/run-report.ts";

/** What is compared of a finding, whether it was just judged or read from a report; of its buffers, how many there are. */
export type ReportedFinding = Omit<StoredFinding, "buffers"> & { readonly buffers: readonly unknown[] };

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

/** Comes after each name of a test. */
const LAST = "\uffff";

function leftoverOf(signature: string, group: readonly ReportedFinding[]): [string, Leftover][] {
  // Workers run tests in any order: what stands for all is the gravest, and then the first by the alphabet.
  const [first] = group.toSorted((a, b) => byVerdict(a, b) || compareText(a.test ?? LAST, b.test ?? LAST));
  if (first === undefined) return [];
  const { test, memoryType, verdict, origin, holders } = first;
  const name = test === null ? null : testWithoutParameters(test);
  const what = { signature, test: name, memoryType, verdict, origin, holder: holders[0] ?? null };
  return [[signature, { ...what, ...amountOf(group), fails: group.some(({ fails }) => fails) }]];
}

/**
 * How much several findings are together, on each chip: of each test the chip on which it left most, and where it failed and
 * was run again, the attempt that did. So neither boards nor workers make a difference.
 */
export function amountOf(findings: readonly ReportedFinding[]): Pick<Leftover, "findings" | "sizeBytes" | "buffers"> {
  const tests = Map.groupBy(findings, ({ test }) => test);
  const counted = [...tests.values()].flatMap(largestOf);
  return {
    findings: findings.length,
    sizeBytes: sizeOf(counted),
    buffers: counted.reduce((sum, { buffers }) => sum + buffers.length, 0),
  };
}

function largestOf(ofTest: readonly ReportedFinding[]): readonly ReportedFinding[] {
  const [first = [], ...others] = Map.groupBy(ofTest, ({ device, attempt }) => `${device} ${attempt}`).values();
  return others.reduce((most, group) => (sizeOf(group) > sizeOf(most) ? group : most), first);
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
