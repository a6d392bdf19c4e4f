import { assertNever } from "../base/assert-never.ts";
import { formatBytes } from "../base/bytes.ts";
import { count } from "../base/count.ts";
import type { FixtureRef, Moment } from "../model/measurement.ts";
import type { TestRecord } from "../model/run-record.ts";
import { operationsText } from "./cached-operations.ts";
import { type Growth, sizeBytesOf, whatIs } from "./growth.ts";
import { grewInRepeats } from "./judge-confirm-repeats.ts";
import { covers, expectedBy } from "./judge-expected.ts";
import { judgeLeft } from "./judge-left.ts";
import type { Judgement } from "./judgement.ts";
import { type Context, lastLook, newCacheEntries } from "./verdict-context.ts";

/** Judges one growth by who is charged with it and what became of it. null: nothing worth a finding. */
export function judgeGrowth(growth: Growth, context: Context): Judgement | null {
  switch (growth.charge) {
    case "test":
      return judgeTest(growth, context);
    case "fixture":
      return judgeFixture(growth);
    case "open":
      return judgeOpen(growth, context);
    case "between":
      return judgeBetween(growth);
    default:
      return assertNever(growth.charge);
  }
}

function judgeTest(growth: Growth, context: Context): Judgement | null {
  const test = context.testOf(growth);
  if (test === null) return null;
  switch (growth.fate.kind) {
    case "transient":
      return null;
    case "released":
      return heldByFailure(growth);
    case "failure":
      return heldByException(growth);
    case "cleared":
      return programCache(growth, newCacheEntries(test, growth));
    case "late":
      return lateFree(growth);
    case "fixture":
      return grewInRepeats(growth, context) ?? heldByFixture(growth, growth.fate.fixture, context);
    case "left":
      return closedBeforeItsEnd(growth, test) ? null : judgeLeft(growth, test, context);
    default:
      return assertNever(growth.fate);
  }
}

/** A test that ended looks once more at every device that is still open: no such look, and closing it freed all. */
function closedBeforeItsEnd(growth: Growth, test: TestRecord): boolean {
  if (test.outcome === null || test.notChecked.length > 0) return false;
  const moment = lastLook(test, growth)?.moment;
  return moment !== undefined && WHILE_RUNNING.has(moment);
}

const WHILE_RUNNING: ReadonlySet<Moment> = new Set(["open", "fixture", "before", "after-setup", "after-call"]);

function heldByFailure(growth: Growth): Judgement {
  const evidence = `${whatIs(growth)} was held by the traceback of the failed test, and was freed when its frames were emptied. Fix the test first.`;
  return { verdict: "held-by-failure", evidence };
}

/** It is the suite's to see, so it was not let go of to make sure. */
function heldByException(growth: Growth): Judgement {
  const evidence = `${whatIs(growth)} is held only by the exception of the failed test, which Python keeps until the next one. Fix the test first.`;
  return { verdict: "held-by-failure", evidence };
}

function programCache(growth: Growth, entries: number): Judgement {
  const grown = entries > 0 ? `, which had ${count(entries, "new entry", "new entries")},` : "";
  const evidence = `${whatIs(growth)} was freed when the program cache${grown} was cleared${operationsText(growth.allocations)}.`;
  return { verdict: "program-cache", evidence };
}

function lateFree(growth: Growth): Judgement {
  const where = whereFreed(growth);
  const evidence = `${whatIs(growth)} was still live when the test ended and was freed ${where}.`;
  return { verdict: "late-free", evidence };
}

/** In the test that freed it, where that was traced; else by the look at which it was gone. */
function whereFreed(growth: Growth): string {
  const freed = growth.allocations.find(({ traced }) => traced?.freed?.ref)?.traced?.freed;
  if (freed?.ref) return `in the ${freed.phase ?? "course"} of ${freed.ref.test}`;
  const seen = growth.allocations.find(({ death }) => death?.ref)?.death?.ref?.test;
  return seen === undefined ? "between later tests" : `by the end of ${seen}`;
}

/** Kept once it is retained; the same from several tests means that the fixture's value grows with every test. */
function heldByFixture(growth: Growth, fixture: FixtureRef, context: Context): Judgement {
  const { attempts } = context.testsThatLeft(context.likenessOf(growth));
  if (attempts >= context.rules.recurrenceTests) {
    const evidence = `the same ${whatIs(growth)} was left by ${attempts} tests of the same code and was freed only when ${named(fixture)} ended: the fixture's value grows with every test.`;
    return { verdict: "leak", evidence };
  }
  const evidence = `${whatIs(growth)} was held by the value of ${named(fixture)}, and was freed with it.`;
  return { verdict: "retained", evidence };
}

function judgeFixture(growth: Growth): Judgement | null {
  const giver = growth.fixture === null ? "a wider fixture" : named(growth.fixture);
  switch (growth.fate.kind) {
    case "fixture":
      return retained(`${whatIs(growth)} was allocated by ${giver}, and was freed when the fixture ended.`);
    case "cleared":
      return programCache(growth, 0);
    case "late":
    case "transient":
    case "released":
    case "failure":
      return retained(`${whatIs(growth)} was allocated by ${giver}, and was freed before the fixture ended.`);
    case "left":
      return judgeLeftByFixture(growth, giver);
    default:
      return assertNever(growth.fate);
  }
}

function judgeLeftByFixture(growth: Growth, giver: string): Judgement {
  if (!growth.allocations.some(({ outlivedFixture }) => outlivedFixture)) {
    return retained(
      `${whatIs(growth)} was allocated by ${giver}, which had not ended when the device was last looked at.`,
    );
  }
  const evidence = `${whatIs(growth)} was allocated by ${giver} and is still there after the fixture ended. Free it in the fixture's teardown.`;
  return { verdict: "suspect", evidence };
}

/** The size rules of the earlier debugging guide hold for what is there before any test ran. */
function judgeOpen(growth: Growth, { rules }: Context): Judgement {
  const rule = rules.expected.find((r) => r.when === "open" && covers(r, growth));
  if (rule !== undefined) return expectedBy(rule, growth);
  const giver = growth.fixture === null ? "its fixture" : named(growth.fixture);
  return retained(
    `${formatBytes(sizeBytesOf(growth))} was on the device when ${giver} returned it. No rule for a fresh device allows that much, so it belongs to the fixture.`,
  );
}

function judgeBetween(growth: Growth): Judgement | null {
  if (growth.fate.kind !== "left") return null;
  const next = growth.ref === null ? "" : ` before ${growth.ref.test} began`;
  const evidence = `${whatIs(growth)} appeared between tests${next}. It comes from a hook, a thread or the teardown of a wider fixture.`;
  return { verdict: "suspect", evidence };
}

function retained(evidence: string): Judgement {
  return { verdict: "retained", evidence };
}

function named({ scope, name }: FixtureRef): string {
  return `${scope} fixture ${name}`;
}
