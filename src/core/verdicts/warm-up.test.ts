import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { rulesOf } from "../../../fixtures/run/rules.ts";
import { BANKS, type Live, recordOf, Scenario } from "../../../fixtures/run/scenario.ts";
import type { Outcome } from "../model/event.ts";
import type { Finding } from "../model/finding.ts";
import { grade } from "./grade.ts";

const RULES = rulesOf({ largeBuffer: { DRAM: 50 * BANKS } });

/** Buffers of 100 bytes per bank at these addresses. */
function live(...addresses: readonly number[]): Live {
  return { DRAM: Object.fromEntries(addresses.map((address) => [address, 100])) };
}

/** A test that warms up once, and its further runs, each from what was live before it to what was live after. */
function warmed(after: readonly Live[], outcomes: readonly Outcome[] = [], warmUp = 1): Scenario {
  const scenario = new Scenario();
  let before: Live = live();
  for (const [repeat, left] of after.entries()) {
    const attempt = repeat + 1;
    scenario.begin("a", { attempt, repeat, warmUp: repeat === 0 ? warmUp : 0 });
    scenario
      .look("before", before)
      .look("after-clear", left)
      .end("a", outcomes[repeat] ?? "passed", attempt);
    before = left;
  }
  return scenario;
}

function gradeOf(scenario: Scenario): Finding[] {
  return grade(recordOf(scenario.bye()), RULES);
}

describe("a test that warmed up", () => {
  test("has no finding where only the runs before left something, however large", () => {
    assert.deepEqual(gradeOf(warmed([live(0), live(0)])), []);
    assert.deepEqual(gradeOf(warmed([live(0), live(0, 100), live(0, 100)], [], 2)), []);
  });

  test("is reported once, by what the run that counts left", () => {
    const [finding, ...others] = gradeOf(warmed([live(0, 100), live(0, 100, 200)]));
    assert.deepEqual(others, []);
    assert.deepEqual([finding?.test, finding?.attempt, finding?.sizeBytes], ["a", 1, 1200]);
    assert.deepEqual(
      finding?.buffers.map(({ address }) => address),
      [200n],
    );
    assert.deepEqual(finding.warmUp, { runs: 1, problem: null });
    assert.deepEqual(finding.repeats, []);
  });

  test("has grown where each repeat after it grew", () => {
    const [finding] = gradeOf(warmed([live(0, 50), live(0, 50, 100), live(0, 50, 100, 200)]));
    assert.equal(finding?.verdict, "leak");
    assert.deepEqual(finding.repeats, [1200, 1200]);
  });

  test("and put something in the place of what it had left has kept it", () => {
    const [finding, ...others] = gradeOf(warmed([live(0), live(100)]));
    assert.deepEqual(others, []);
    assert.equal(finding?.verdict, "retained");
    assert.match(finding.evidence, /took the place of what the test had left when it warmed up/);
  });

  test("by an attempt that pytest itself ran again counts from then on", () => {
    const scenario = new Scenario();
    scenario.begin("a", { warmUp: 1 }).look("before", live()).look("after-clear", live(0)).end("a", "failed");
    scenario
      .begin("a", { attempt: 2, warmUp: 1 })
      .look("before", live(0))
      .look("after-clear", live(0))
      .end("a", "passed", 2);
    assert.deepEqual(gradeOf(scenario), []);
  });
});

describe("a test that could not warm up is judged by its own run, and says why:", () => {
  test("the plugin did not run it again", () => {
    const scenario = new Scenario().begin("a", { warmUp: 1 }).look("before", live()).look("after-clear", live(0));
    scenario.also({ kind: "not-warmed-up", process: 0, reason: "it takes more than 10 s" }).end("a");
    const [finding] = gradeOf(scenario);
    assert.equal(finding?.verdict, "leak");
    assert.match(finding.evidence, /The test was not warmed up: it takes more than 10 s\.$/);
    assert.deepEqual(finding.warmUp, { runs: 1, problem: "it takes more than 10 s" });
  });

  test("the run that counts ended in another way", () => {
    const [finding, ...others] = gradeOf(warmed([live(0), live(0)], ["passed", "failed"]));
    assert.deepEqual([others, finding?.verdict, finding?.repeats], [[], "leak", []]);
    assert.match(finding?.evidence ?? "", /not warmed up: it ended as passed, and as failed in its run 2\.$/);
  });

  test("the run that counts did not take place", () => {
    const [finding] = gradeOf(warmed([live(0), live(0)], [], 2));
    assert.match(finding?.evidence ?? "", /not warmed up: its run 3 did not come to an end\.$/);
  });
});
