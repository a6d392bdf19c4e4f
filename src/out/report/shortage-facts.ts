import { count } from "../../core/base/count.ts";
import { firstOf } from "../../core/base/first-of.ts";
import type { OutOfMemoryReport } from "../../core/model/memory-shortage-report.ts";
import type { RunReport } from "../../core/model/run-report.ts";
import { clashDetails, clashHead, nameOf, refusalDetails, refusalHead } from "./shortage-words.ts";
import type { SummaryFact } from "./summary-fact.ts";

/** Of each kind: those listed with all that is known of them, and those listed at all; the rest is counted. */
const DETAILED_MAX = 3;
const LISTED_MAX = 20;

/** Where memory ran out, for people: tests that failed first, then those that expected it. */
export function shortageFacts(report: RunReport): readonly SummaryFact[] {
  const ordered = report.outOfMemory.toSorted((a, b) => Number(hasPassed(a)) - Number(hasPassed(b)));
  const refusals = ordered.map((moment) => {
    const head = refusalHead(nameOf(moment), moment);
    const text = hasPassed(moment) ? `${head}; the test passed, so it expected this` : head;
    return { name: "out of memory", text, details: refusalDetails(moment) };
  });
  const clashes = report.clashes.map((clash) => {
    return { name: "clash", text: clashHead(clash), details: clashDetails(clash) };
  });
  return [...shortened(refusals), ...shortened(clashes)];
}

function shortened(facts: readonly SummaryFact[]): readonly SummaryFact[] {
  const told = firstOf(facts, LISTED_MAX).map((fact, index) =>
    index < DETAILED_MAX ? fact : { ...fact, details: [] },
  );
  const rest = facts.slice(told.length);
  const [first] = rest;
  return first === undefined ? told : [...told, { name: first.name, text: `${count(rest.length, "time")} more` }];
}

/** It expected what happened. */
export function hasPassed({ outcome }: OutOfMemoryReport): boolean {
  return outcome === "passed";
}
