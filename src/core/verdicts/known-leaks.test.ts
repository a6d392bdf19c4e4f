import assert from "node:assert/strict";
import { test } from "node:test";
import { rulesOf } from "../../../fixtures/run/rules.ts";
import { recordOf, Scenario } from "../../../fixtures/run/scenario.ts";
import type { KnownLeak } from "../model/event.ts";
import { grade } from "./grade.ts";

const KNOWN = {
  reason: "the cache is shared",
  ref: "https://example.org/7",
  strict: false,
  place: { file: "t.py", line: 7 },
};
const NOTHING = {};
const LEFT = { DRAM: { "0x20": 50_000 } };

const RULES = rulesOf();

function graded(scenario: Scenario, failOn = RULES.failOn) {
  return grade(recordOf(scenario), { ...RULES, failOn });
}

const facts = (findings: ReturnType<typeof grade>) =>
  findings.map(({ verdict, fails, known }) => [verdict, fails, known]);

test("a known leak is reported with its reason and does not fail", () => {
  const { reason, ref } = KNOWN;
  assert.deepEqual(facts(graded(new Scenario().test("a", NOTHING, LEFT, { known: KNOWN }))), [
    ["suspect", false, { by: "mark", reason, ref }],
  ]);
  assert.deepEqual(facts(graded(new Scenario().test("a", NOTHING, LEFT))), [["suspect", true, null]]);
});

test("a known leak that is gone is reported, and fails where that is asked for", () => {
  const gone = (strict: boolean) => new Scenario().test("a", NOTHING, NOTHING, { known: { ...KNOWN, strict } });
  assert.deepEqual(facts(graded(gone(false))), [["fixed", false, null]]);
  assert.deepEqual(facts(graded(gone(true))), [["fixed", true, null]]);
  assert.deepEqual(facts(graded(gone(false), ["leak", "fixed"])), [["fixed", true, null]]);
  assert.match(graded(gone(false))[0]?.evidence ?? "", /known leak \(the cache is shared\), and it left nothing/);
});

test("the mark is reported with its line, where that is known", () => {
  const { reason, place } = KNOWN;
  const told = (known: KnownLeak, left: object) =>
    graded(new Scenario().test("a", NOTHING, left, { known })).map(({ markedAt, evidence }) => [markedAt, evidence]);
  assert.deepEqual(told(KNOWN, LEFT)[0]?.[0], place);
  assert.deepEqual(told(KNOWN, NOTHING), [
    [place, `It is marked as a known leak (${reason}), and it left nothing: remove the mark at t.py:7.`],
  ]);
  assert.deepEqual(told({ ...KNOWN, place: null }, NOTHING), [
    [null, `It is marked as a known leak (${reason}), and it left nothing: remove the mark.`],
  ]);
});

test("a marker that cannot be read fails where that is asked for, whatever else it says", () => {
  const scenario = new Scenario().begin("a", { known: KNOWN }).look("before", NOTHING);
  scenario.notChecked("bad", { file: "t.py", line: 3 }).look("after-collect", LEFT).end("a");
  assert.deepEqual(facts(graded(scenario)), [["bad-mark", false, null]]);
  assert.deepEqual(facts(graded(scenario, ["bad-mark"])), [["bad-mark", true, null]]);
});

test("that a test needed more than its limit does not hide that its leak is gone", () => {
  const peaks = { total: 1_000, perType: {}, l1PerCore: null };
  const scenario = new Scenario().begin("a", { known: KNOWN, peaks }).look("before", NOTHING).look("after-call", LEFT);
  const found = graded(scenario.look("after-collect", NOTHING).end("a"));
  assert.deepEqual(
    found.map(({ verdict }) => verdict),
    ["over-limit", "fixed"],
  );
});

test("of a test that failed, was not measured or leaked in another attempt nobody can say that its leak is gone", () => {
  const known = KNOWN;
  const failed = new Scenario().begin("a", { known }).look("before", NOTHING).look("after-collect", NOTHING);
  assert.deepEqual(facts(graded(failed.end("a", "failed"))), []);
  const unseen = new Scenario().begin("a", { known }).notChecked("it was skipped").end("a");
  assert.deepEqual(facts(graded(unseen)), [["not-checked", false, null]]);
  const warmedUp = new Scenario()
    .test("a", NOTHING, LEFT, { known, warmUp: 1 })
    .test("a", LEFT, LEFT, { known, attempt: 2, repeat: 1 });
  assert.deepEqual(facts(graded(warmedUp)), []);
  const rerun = new Scenario().test("a", NOTHING, LEFT, { known }).test("a", LEFT, LEFT, { known, attempt: 2 });
  assert.deepEqual(
    graded(rerun).map(({ verdict }) => verdict),
    ["retained"],
  );
});
