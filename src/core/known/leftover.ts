import { compareText } from "../base/compare-text.ts";
import type { Leftover } from "../model/comparison.ts";
import type { Finding } from "../model/finding.ts";
import { byVerdict } from "../model/finding-order.ts";
import type { StoredFinding } from "../model/history.ts";
import { isLeftBehind } from "../model/left-behind.ts";
import { testWithoutParameters } from "../model/test-subject.ts";
import { findingKey, ownerOf } from "./leftover-owner.ts";
import { type RanTest, testsRun } from "./ran-tests.ts";

/** What is compared of a finding, whether it was just judged or read from a report; of its buffers, how many there are. */
export type ReportedFinding = Omit<StoredFinding, "buffers"> & { readonly buffers: readonly unknown[] };

/** What is compared of a run. */
export interface ReportedRun {
  readonly tests: readonly RanTest[];
  readonly findings: readonly ReportedFinding[];
}

/** Signatures that findings are held against. */
interface KeptSignatures {
  has(signature: string): boolean;
}

const NONE_KEPT: KeptSignatures = new Set();

/** What a finding is called where other signatures are kept: as one of them, where it was called so by an earlier version. */
function nameAmong(
  { signature, earlierSignatures }: Pick<Finding, "signature" | "earlierSignatures">,
  kept: KeptSignatures,
): string {
  return [signature, ...earlierSignatures].find((each) => kept.has(each)) ?? signature;
}

/** The key under which `leftoversOf` has that finding, held against the same signatures. */
export function leftoverKey(finding: ReportedFinding, kept: KeptSignatures): string {
  return findingKey(nameAmong(finding, kept), finding.test);
}

/**
 * What a run left, by signature and the test whose it is, in the order of its findings: tests of one name in two files share
 * signatures. What a wider fixture allocated is together, whichever test was the first to ask for it.
 */
export function leftoversOf(run: ReportedRun, kept: KeptSignatures = NONE_KEPT): ReadonlyMap<string, Leftover> {
  const { checked } = testsRun(run.tests);
  const groups = Map.groupBy(run.findings.filter(isLeftBehind), (finding) => leftoverKey(finding, kept));
  return new Map(
    [...groups].flatMap(([key, group]) => {
      const leftover = leftoverTogether(group, kept);
      if (leftover === null) return [];
      const owner = ownerOf(leftover);
      return [[key, { ...leftover, checkedTests: owner === null ? null : (checked.get(owner) ?? 0) }] as const];
    }),
  );
}

/** Comes after each name of a test. */
const LAST = "\uffff";

/** What findings of one signature are together, of how many tests is not known; null: there are none. */
export function leftoverTogether(group: readonly ReportedFinding[], kept: KeptSignatures = NONE_KEPT): Leftover | null {
  // Workers run tests in any order: what stands for all is the gravest, and then the first by the alphabet.
  const [first] = group.toSorted((a, b) => byVerdict(a, b) || compareText(a.test ?? LAST, b.test ?? LAST));
  if (first === undefined) return null;
  const { test, memoryType, verdict, origin, holders } = first;
  return {
    signature: nameAmong(first, kept),
    test: test === null ? null : testWithoutParameters(test),
    memoryType,
    verdict,
    ...amountOf(group),
    checkedTests: null,
    origin,
    holder: holders[0] ?? null,
    fails: group.some(({ fails }) => fails),
  };
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

/** What a baseline of a run has: not what is known by a mark or a suppression, which does not fail anyway. */
export function baselineLeftovers({ tests, findings }: ReportedRun): readonly Leftover[] {
  const counting = findings.filter(({ known }) => known === null || known.by === "baseline");
  return [...leftoversOf({ tests, findings: counting }).values()];
}
