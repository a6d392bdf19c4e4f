import { printable } from "../../core/base/printable.ts";
import type { Finding } from "../../core/model/finding.ts";
import { byGravity } from "../../core/model/finding-order.ts";
import { causeIdOf } from "../../core/model/group-by-cause.ts";
import type { RunReport, TestReport } from "../../core/model/run-report.ts";
import { attemptOf, devicesOf, growthOf, subjectOf } from "./finding-words.ts";
import { orderFindings } from "./group-by-verdict.ts";
import { lostFact } from "./run-facts.ts";
import { outcomeOf } from "./run-outcome.ts";
import { findingLines } from "./text-finding.ts";

/** A test case of the JUnit report, before it is XML. All text is safe to print. */
export interface JunitCase {
  readonly classname: string;
  readonly name: string;
  readonly result: JunitResult | null;
  /** What was found and does not fail. */
  readonly output: string | null;
}

export interface JunitResult {
  readonly element: "failure" | "error" | "skipped";
  readonly type: string;
  readonly message: string;
  readonly body: string;
}

/** Sets our cases apart from pytest's own of the same test. */
const CLASS_PREFIX = "tt-memwatch";
/** Evidence in a file is read in viewers that wrap for themselves; this is wide enough for their columns. */
const BODY_WIDTH = 100;

/**
 * One case for each test attempt that was checked or has findings, one for each process that went away, one for what
 * belongs to no test, one for what fails on the allocation server, and one that says so if nothing was checked.
 */
export function junitCases(report: RunReport): readonly JunitCase[] {
  const byAttempt = Map.groupBy(orderFindings(report.findings), keyOfFinding);
  const cases = report.tests.flatMap((test): readonly JunitCase[] => {
    const key = keyOf(test.test, test.attempt);
    const findings = byAttempt.get(key) ?? [];
    byAttempt.delete(key);
    return test.state === "checked" || findings.length > 0 ? [caseOfTest(test, findings)] : [];
  });
  const others = [...byAttempt.values()].flatMap((findings) =>
    findings.slice(0, 1).map((first) => caseOfFindings(first, findings)),
  );
  return [...cases, ...others, ...caseOfServer(report), ...report.run.lost.map(caseOfLost), ...caseOfNothing(report)];
}

function keyOfFinding(finding: Finding): string {
  return finding.test === null ? subjectOf(finding) : keyOf(finding.test, finding.attempt);
}

function keyOf(test: string, attempt: number): string {
  return `${attempt} ${test}`;
}

function caseOfTest({ test, attempt, state }: TestReport, findings: readonly Finding[]): JunitCase {
  const result = failureOf(findings) ?? (state === "checked" ? null : skippedOf(findings));
  return { ...nameOf(test, attempt), result, output: outputOf(findings) };
}

/** Findings of one subject that is not a test, or a test that the run does not list. */
function caseOfFindings(first: Finding, findings: readonly Finding[]): JunitCase {
  const name =
    first.test === null ? { classname: CLASS_PREFIX, name: subjectOf(first) } : nameOf(first.test, first.attempt);
  return { ...name, result: failureOf(findings), output: outputOf(findings) };
}

/** What does not fail is in the suite's output. */
function caseOfServer({ allocations }: RunReport): readonly JunitCase[] {
  const failing = (allocations?.findings ?? []).filter(({ fails }) => fails).toSorted(byGravity);
  const [gravest] = failing;
  if (gravest === undefined) return [];
  const texts = failing.map(({ verdict, device, evidence }) => printable(`${verdict} device ${device}: ${evidence}`));
  const message = `${texts[0]}${failing.length === 1 ? "" : ` (and ${failing.length - 1} more)`}`;
  const result: JunitResult = { element: "failure", type: gravest.verdict, message, body: texts.join("\n") };
  return [{ classname: CLASS_PREFIX, name: "(allocation server)", result, output: null }];
}

function caseOfLost(lost: RunReport["run"]["lost"][number]): JunitCase {
  const name = lost.test === null ? { classname: CLASS_PREFIX, name: `process ${lost.pid}` } : nameOf(lost.test, 1);
  const message = lostFact(lost);
  const type = lost.refusal === null ? "process-lost" : "process-refused";
  return { ...name, result: { element: "error", type, message, body: message }, output: null };
}

function caseOfNothing(report: RunReport): readonly JunitCase[] {
  const { kind, headline, next } = outcomeOf(report);
  if (kind !== "nothing-checked") return [];
  const result: JunitResult = {
    element: "error",
    type: "not-checked",
    message: headline,
    body: `${headline}. ${next}`,
  };
  return [{ classname: CLASS_PREFIX, name: "at least one test is checked", result, output: null }];
}

/** pytest's own way from a node id to class and name, so that viewers sort both alike. */
function nameOf(test: string, attempt: number): { readonly classname: string; readonly name: string } {
  // Parameters may contain "::".
  const bracket = test.indexOf("[");
  const path = bracket === -1 ? test : test.slice(0, bracket);
  const parameters = bracket === -1 ? "" : test.slice(bracket);
  const [file = "", ...names] = path.split("::");
  const name = names.pop() ?? file;
  const classes = [CLASS_PREFIX, file.replace(/\.py$/, "").replaceAll("/", "."), ...names];
  return { classname: printable(classes.join(".")), name: attemptOf(name + parameters, attempt) };
}

/** One failure a case, as most readers of these files expect; it lists everything that fails. */
function failureOf(findings: readonly Finding[]): JunitResult | null {
  const failing = findings.filter((finding) => finding.fails);
  const [gravest] = failing;
  if (gravest === undefined) return null;
  const more = failing.length === 1 ? "" : ` (and ${failing.length - 1} more)`;
  const what = [gravest.verdict, growthOf(gravest), devicesOf(gravest)].filter((part) => part !== "").join(" ");
  const message = `${what}${more}: ${printable(gravest.evidence)}`;
  return { element: "failure", type: gravest.verdict, message, body: textOf(failing) };
}

/** A test that could not be checked did not pass the check. */
function skippedOf(findings: readonly Finding[]): JunitResult | null {
  const finding = findings.find(({ verdict }) => verdict === "bad-mark" || verdict === "not-checked");
  if (finding === undefined) return null;
  return { element: "skipped", type: finding.verdict, message: printable(finding.evidence), body: "" };
}

function outputOf(findings: readonly Finding[]): string | null {
  const others = findings.filter((finding) => !finding.fails);
  return others.length === 0 ? null : textOf(others);
}

function textOf(findings: readonly Finding[]): string {
  return findings
    .map((finding) => [...findingLines([finding], BODY_WIDTH), `cause: ${printable(causeIdOf(finding))}`].join("\n"))
    .join("\n\n");
}
