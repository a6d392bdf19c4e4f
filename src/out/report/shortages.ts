import { count } from "../../core/base/count.ts";
import { firstOf } from "../../core/base/first-of.ts";
import { printable } from "../../core/base/printable.ts";
import type { OutOfMemoryReport } from "../../core/model/memory-shortage-report.ts";
import type { RunReport } from "../../core/model/run-report.ts";
import type { RunFact } from "./run-fact.ts";
import { clashDetails, clashHead, OUTSIDE, refusalDetails, refusalHead } from "./shortage-words.ts";

/** Of each kind: those told with all that is known of them, and those told at all; the rest is counted. */
const DETAILED_MAX = 3;
const TOLD_MAX = 20;

/** Where memory ran out, for people: tests that failed first, then those that expected it. */
export function shortageFacts(report: RunReport): readonly RunFact[] {
  const moments = report.outOfMemory.map((moment) => ({ moment, isExpected: hasPassed(moment, report) }));
  const ordered = moments.toSorted((a, b) => Number(a.isExpected) - Number(b.isExpected));
  const refusals = ordered.map(({ moment, isExpected }) => {
    const head = refusalHead(moment.test === null ? OUTSIDE : printable(moment.test), moment);
    const text = isExpected ? `${head}; the test passed, so it expected this` : head;
    return { name: "out of memory", text, details: refusalDetails(moment) };
  });
  const clashes = report.clashes.map((clash) => {
    return { name: "clash", text: clashHead(clash), details: clashDetails(clash) };
  });
  return [...shortened(refusals), ...shortened(clashes)];
}

function shortened(facts: readonly RunFact[]): readonly RunFact[] {
  const told = firstOf(facts, TOLD_MAX).map((fact, index) => (index < DETAILED_MAX ? fact : { ...fact, details: [] }));
  const rest = facts.slice(told.length);
  const [first] = rest;
  return first === undefined ? told : [...told, { name: first.name, text: `${count(rest.length, "time")} more` }];
}

function hasPassed({ test }: OutOfMemoryReport, { tests }: RunReport): boolean {
  const attempts = tests.filter((each) => each.test === test);
  return attempts.length > 0 && attempts.every(({ outcome }) => outcome === "passed");
}
