import { compareText } from "../base/compare-text.ts";
import { InternedValues } from "../base/interned-values.ts";
import type { Finding, Origin } from "../model/finding.ts";
import { byVerdict } from "../model/finding-order.ts";
import type { Rules } from "../model/rules.ts";
import type { RunRecord, TestRecord } from "../model/run-record.ts";
import { fileOfTest } from "../model/test-subject.ts";
import { fatesOf } from "./confirm-repeats.ts";
import { fragmentations } from "./fragmentation.ts";
import {
  buffersOf,
  bytesPerBankOf,
  deviceIdOf,
  type Growth,
  growthsOf,
  phaseOf,
  sizeBytesOf,
  subtestsOf,
} from "./growth.ts";
import { holdersOf } from "./holders.ts";
import { rateInRepeats } from "./judge-confirm-repeats.ts";
import { judgeGrowth } from "./judge-growth.ts";
import { fixedLeaks, withKnownLeaks } from "./known-leaks.ts";
import { mergeFixtureFindings } from "./merge-fixture-findings.ts";
import { notCheckedTests } from "./not-checked.ts";
import { otherProcesses } from "./other-processes.ts";
import { overLimits } from "./over-limit.ts";
import { NO_SOURCE, type StatementHashOf, signatureOf } from "./signature.ts";
import { testOrderOf } from "./test-order.ts";
import { untrustedLooks } from "./untrusted.ts";
import { originOf } from "./user-line-in-stack.ts";
import { type Context, contextOf } from "./verdict-context.ts";
import { afterWarmUp } from "./warm-up.ts";

/**
 * Judges a run: what each test left on each device and memory type, in the order of `byVerdict` and then of the tests.
 *
 * The same record, rules and statements always give the same findings, whichever worker ran which test.
 */
export function grade(seen: RunRecord, rules: Rules, hashOf: StatementHashOf = NO_SOURCE): Finding[] {
  const record = afterWarmUp(seen);
  const tests = record.tests.filter(({ repeat }) => repeat === 0);
  const bases = new Map(record.tests.map(({ ref, base }) => [ref.test, base]));
  const evidences = new InternedValues<string>();
  const findings = findingsOf(seen, record, tests, rules);
  // One after the other, in the place of what it is made of: a large run has no room for all of them twice.
  for (const [index, finding] of findings.entries()) {
    findings[index] = sign(finish(finding, rules, evidences), bases, hashOf);
  }
  const fixed = fixedLeaks(findings, tests, rules.failOn.includes("fixed"));
  const told = [...withKnownLeaks(findings, tests), ...fixed.map((finding) => sign(finding, bases, hashOf))];
  return told.sort(inOrderOf(testOrderOf(record)));
}

/** What is found by every way there is; nothing is known yet of what fails. */
function findingsOf(seen: RunRecord, record: RunRecord, tests: readonly TestRecord[], rules: Rules): Finding[] {
  const roots = new Map(record.processes.map(({ process, info }) => [process, info.rootDir]));
  const grown = grownFindings(record, rules);
  return [
    ...mergeFixtureFindings(grown, tests),
    ...fragmentations(record, rules),
    ...otherProcesses(record, rules),
    ...overLimits(tests, (test) => roots.get(test.process) ?? "/"),
    ...notCheckedTests(tests, grown),
    ...untrustedLooks(seen),
  ];
}

function grownFindings(record: RunRecord, rules: Rules): Finding[] {
  const growths = growthsOf(record.allocations, fatesOf(record));
  const context = contextOf(record, growths, rules);
  const origins = new InternedValues<Origin>();
  return growths
    .filter((growth) => (context.testOf(growth)?.repeat ?? 0) === 0 || growth.charge === "between")
    .flatMap((growth) => toFinding(growth, context, origins) ?? []);
}

/** Whoever made it gave it the first version of its signature, which verdicts recognise what tests of one run left by. */
function sign(finding: Finding, bases: ReadonlyMap<string, string>, hashOf: StatementHashOf): Finding {
  const base = finding.test === null ? null : (bases.get(finding.test) ?? finding.test);
  const signature = signatureOf(finding, base, hashOf);
  return { ...finding, signature, earlierSignatures: [finding.signature] };
}

function finish(finding: Finding, rules: Rules, evidences: InternedValues<string>): Finding {
  const evidence = evidences.of(finding.evidence.charAt(0).toUpperCase() + finding.evidence.slice(1));
  return { ...finding, evidence, fails: rules.failOn.includes(finding.verdict) };
}

function toFinding(growth: Growth, context: Context, origins: InternedValues<Origin>): Finding | null {
  const judgement = judgeGrowth(growth, context);
  const test = context.testOf(growth);
  // A marker that cannot be read is a finding of its own.
  const isOfBadMark = judgement?.verdict === "not-checked" && test !== null && test.badMark !== null;
  if (judgement === null || isOfBadMark) return null;
  const repeats = context.repeatsOf(growth);
  return {
    ...judgement,
    evidence: `${judgement.evidence}${warmUpText(growth, test)}`,
    test: growth.charge === "between" ? null : (growth.ref?.test ?? null),
    attempt: growth.ref?.attempt ?? 1,
    phase: phaseOf(growth, test !== null && wasCallEndSeen(test)),
    fixture: growth.fixture ?? (growth.fate.kind === "fixture" ? growth.fate.fixture : null),
    device: deviceIdOf(growth),
    chips: growth.device.chips,
    memoryType: growth.memoryType,
    sizeBytes: sizeBytesOf(growth),
    bytesPerBank: bytesPerBankOf(growth),
    banks: growth.allocations[0]?.banks ?? 0,
    buffers: buffersOf(growth),
    subtests: subtestsOf(growth),
    origin: commonOrigin(growth, context, origins),
    holders: holdersOf(growth, judgement.verdict),
    repeats,
    growsBy: rateInRepeats(repeats),
    warmUp: growth.charge === "test" ? (test?.warmUp ?? null) : null,
    fails: false,
    known: null,
    baseline: null,
    markedAt: null,
    signature: context.likenessOf(growth),
    earlierSignatures: [],
  };
}

/** Where its test could not warm up, what it left may be what a warm test would not. */
function warmUpText({ charge }: Growth, test: TestRecord | null): string {
  const problem = charge === "test" ? (test?.warmUp?.problem ?? null) : null;
  return problem === null ? "" : ` The test was not warmed up: ${problem}.`;
}

/** The line that allocated most of it. */
function commonOrigin(growth: Growth, context: Context, origins: InternedValues<Origin>): Origin | null {
  const info = context.infoOf(growth);
  if (info?.origin === "off") return null;
  const rootDir = info?.rootDir ?? "/";
  const test = growth.ref?.test;
  const files = { rootDir, testFile: test === undefined ? null : fileOfTest(test) };
  const bytes = new Map<Origin, number>();
  for (const { traced, noted, bytesPerBank } of growth.allocations) {
    const birth = traced ?? noted;
    const made = birth === null ? null : originOf(birth.stack, birth.operation, files);
    if (made === null) continue;
    const origin = origins.of(made);
    bytes.set(origin, (bytes.get(origin) ?? 0) + bytesPerBank);
  }
  return [...bytes].sort((a, b) => b[1] - a[1] || byPlace(a[0], b[0]))[0]?.[0] ?? null;
}

/** Where two lines allocated as much, the first one in the file, whichever address came first. */
function byPlace(a: Origin, b: Origin): number {
  return compareText(a.file, b.file) || a.line - b.line || compareText(a.operation ?? "", b.operation ?? "");
}

function wasCallEndSeen(test: TestRecord): boolean {
  return test.devices.some(({ looks }) => looks.some(({ moment }) => moment === "after-call"));
}

function inOrderOf(byTest: (a: string | null, b: string | null) => number): (a: Finding, b: Finding) => number {
  return (a, b) =>
    byVerdict(a, b) ||
    byTest(a.test, b.test) ||
    a.attempt - b.attempt ||
    b.sizeBytes - a.sizeBytes ||
    (a.device ?? 0) - (b.device ?? 0);
}
