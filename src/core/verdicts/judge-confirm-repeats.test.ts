import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { rulesOf } from "../../../fixtures/run/rules.ts";
import { BANKS, fixtureRef, type Live, recordOf, Scenario } from "../../../fixtures/run/scenario.ts";
import type { Finding } from "../model/finding.ts";
import { grade } from "./grade.ts";

const RULES = rulesOf({ largeBuffer: { DRAM: 50 * BANKS } });

/** Buffers of 100 bytes per bank at these addresses. */
function live(...addresses: readonly number[]): Live {
  return { DRAM: Object.fromEntries(addresses.map((address) => [address, 100])) };
}

/** What is live after each of several runs, of which each adds so many buffers; +: a second one, which - frees. */
function addedEach(steps: string): Live[] {
  let count = 0;
  return [...steps].map((step) => {
    count += step === "+" ? 1 : step === "-" ? -1 : Number(step);
    return live(...Array.from({ length: count }, (_, index) => index * 100));
  });
}

/** A test and its repeats, each from what was live before it to what was live after. */
function repeated(name: string, ...after: readonly Live[]): Scenario {
  const scenario = new Scenario();
  let before: Live = live();
  for (const [repeat, left] of after.entries()) {
    scenario.test(name, before, left, { attempt: repeat + 1, repeat });
    before = left;
  }
  return scenario;
}

/** Adds a repeat that failed: where there is no `after`, before it came to what the test leaves. */
function failing(scenario: Scenario, repeat: number, before: Live, after = before): Scenario {
  const options = { attempt: repeat + 1, repeat };
  return scenario
    .begin("a", options)
    .look("before", before)
    .look("after-clear", after)
    .end("a", "failed", repeat + 1);
}

function gradeOf(scenario: Scenario): Finding[] {
  return grade(recordOf(scenario), RULES);
}

test("a test that was to be repeated and was not says why, and asks for no --confirm", () => {
  const scenario = new Scenario().begin("a").look("before", live()).look("after-clear", live(0));
  scenario.also({ kind: "not-repeated", process: 0, reason: "it takes more than 10 s" }).end("a");
  const [finding] = grade(recordOf(scenario), rulesOf());
  assert.equal(finding?.verdict, "suspect");
  assert.match(finding.evidence, /seen in one test\. It was not repeated: it takes more than 10 s\.$/);
});

describe("a test that was repeated", () => {
  test("and grew each time is a leak, told once with what each repeat added", () => {
    const [finding, ...others] = gradeOf(repeated("a", live(0), live(0, 100), live(0, 100, 200)));
    assert.deepEqual(others, []);
    assert.equal(finding?.verdict, "leak");
    assert.equal(finding.attempt, 1);
    assert.deepEqual(finding.repeats, [1200, 1200, 1200]);
    assert.match(
      finding.evidence,
      /^It left 1\.2 KB and grew in 2 of 2 repeats: 1\.2 KB, 1\.2 KB\. It grows 1\.2 KB a repeat\.$/,
    );
  });

  test("and grew once is retained, however large", () => {
    const [finding, ...others] = gradeOf(repeated("a", live(0), live(0), live(0)));
    assert.deepEqual(others, []);
    assert.equal(finding?.verdict, "retained");
    assert.match(finding.evidence, /^It left 1\.2 KB and grew in 0 of 2 repeats: 0 B, 0 B\. /);
  });

  test("and replaced what it had left is retained", () => {
    const [finding, ...others] = gradeOf(repeated("a", live(0), live(100), live(0)));
    assert.deepEqual(others, []);
    assert.equal(finding?.verdict, "retained");
    assert.deepEqual(finding.repeats, [1200, 0, 0]);
  });

  test("and whose repeat failed is judged by the repeats before, or not by repeats at all", () => {
    const [once, twice] = [live(0), live(0, 100)];
    const [unclear] = grade(recordOf(failing(failing(repeated("a", once), 1, once), 2, once)), rulesOf());
    assert.equal(unclear?.verdict, "suspect");
    assert.match(unclear.evidence, /the repeat cannot be compared: .* or did not end as the test did\.$/);
    const [leak] = gradeOf(failing(repeated("a", once, twice), 2, twice));
    assert.deepEqual([leak?.verdict, leak?.repeats], ["leak", [1200, 1200]]);
  });

  test("and whose repeats failed and left as much all the same is a leak", () => {
    const [once, twice, thrice] = [live(0), live(0, 100), live(0, 100, 200)];
    const [leak] = gradeOf(failing(failing(repeated("a", once), 1, once, twice), 2, twice, thrice));
    assert.deepEqual([leak?.verdict, leak?.repeats], ["leak", [1200, 1200, 1200]]);
  });

  test("and grew some of the time stays suspect", () => {
    const [finding] = gradeOf(repeated("a", live(0), live(0), live(0, 100)));
    assert.equal(finding?.verdict, "suspect");
    assert.match(finding.evidence, /^It left 1\.2 KB and grew in 1 of 2 repeats: 0 B, 1\.2 KB\./);
  });

  for (const [what, added, verdict, evidence] of [
    [
      "in steps is a leak",
      "20002000200020002",
      "leak",
      /^It left 2\.3 KB and grew in 4 of 16 .* and 4 more\. It grows \d+ B \(\d.*\) a repeat/,
    ],
    [
      "each time and exactly",
      "111111",
      "leak",
      /^It left 1\.2 KB and grew in 5 of 5 repeats: .*\. It grows exactly 1\.2 KB a repeat\.$/,
    ],
    [
      "and fell back is retained",
      "1+-+-+-",
      "retained",
      /^It left 1\.2 KB and grew in 3 of 6 .*\. It never had more in the second half/,
    ],
    [
      "two times of many is not clear yet",
      "1000010",
      "suspect",
      /^It left 1\.2 KB and grew in 1 of 6 .*: run with --confirm=12\.$/,
    ],
  ] as const) {
    test(`and grew ${what}`, () => {
      const [finding, ...others] = gradeOf(repeated("a", ...addedEach(added)));
      assert.deepEqual(others, []);
      assert.equal(finding?.verdict, verdict, finding?.evidence);
      assert.match(finding.evidence, evidence);
    });
  }

  test("and was skipped then is not asked to be repeated", () => {
    const scenario = new Scenario()
      .test("a", live(), live(0))
      .begin("a", { attempt: 2, repeat: 1 })
      .look("before", live(0))
      .look("after", live(0))
      .end("a", "skipped", 2);
    const [finding] = grade(recordOf(scenario), rulesOf());
    assert.equal(finding?.verdict, "suspect");
    assert.match(finding.evidence, /It was repeated, but the repeat cannot be compared: it was skipped/);
  });

  test("tells by how much it grows, the first run left out", () => {
    const [finding] = gradeOf(repeated("a", ...addedEach("911111")));
    assert.deepEqual(finding?.growsBy, { bytes: 1200, lowBytes: 1200, highBytes: 1200 });
    assert.equal(gradeOf(repeated("a", live(0)))[0]?.growsBy, null);
  });

  test("counts no repeat that could not be measured, nor what comes after it", () => {
    const scenario = new Scenario()
      .test("a", live(), live(0))
      .test("a", live(0), live(0, 100), { attempt: 2, repeat: 1 })
      .begin("a", { attempt: 3, repeat: 2 })
      .look("before", live(0, 100))
      .notChecked("closed")
      .end("a", "passed", 3);
    const [finding, ...others] = gradeOf(scenario);
    assert.deepEqual(others, []);
    assert.deepEqual(finding?.repeats, [1200, 1200]);
  });

  test("on a device of its own is compared over the devices of its repeats", () => {
    const scenario = new Scenario();
    for (const repeat of [0, 1, 2]) {
      const device = repeat + 1;
      scenario
        .begin("a", { attempt: repeat + 1, repeat })
        .look("open", live(), { device, fixture: fixtureRef("device", "function") })
        .look("after-clear", live(0), { device })
        .end("a", "passed", repeat + 1);
    }
    const [finding, ...others] = gradeOf(scenario);
    assert.deepEqual(others, []);
    assert.deepEqual(finding?.repeats, [1200, 1200, 1200]);
    assert.equal(finding.verdict, "leak");
  });

  test("makes the value of a wider fixture a leak that grows each time", () => {
    const cache = fixtureRef("cache", "module");
    const scenario = repeated("a", live(0), live(0, 100), live(0, 100, 200))
      .endFixture(cache)
      .begin("b")
      .look("before", live())
      .look("after", live())
      .end("b");
    const [finding, ...others] = gradeOf(scenario);
    assert.deepEqual(others, []);
    assert.equal(finding?.verdict, "leak");
    assert.equal(finding.fixture?.name, "cache");
  });

  test("and replaced one of two, at another address, is one finding about both", () => {
    const [finding, ...others] = gradeOf(repeated("a", live(0, 100), live(0, 200)));
    assert.deepEqual(others, []);
    assert.equal(finding?.verdict, "retained");
    assert.equal(finding.sizeBytes, 2400);
    assert.equal(finding.buffers.length, 2);
  });

  test("and whose last value a later test replaced is freed late, as it would have been without repeats", () => {
    const scenario = repeated("a", live(0), live(100)).test("b", live(100), live(200)).test("c", live(200), live());
    const byTest = gradeOf(scenario).map(({ test: name, verdict }) => [name, verdict]);
    assert.deepEqual(byTest, [
      ["a", "late-free"],
      ["b", "late-free"],
    ]);
  });

  test("on a sub-mesh that it made counts from nothing", () => {
    const scenario = new Scenario();
    let all: Live = live();
    for (const repeat of [0, 1, 2]) {
      const after = live(...Array.from({ length: repeat + 1 }, (_, index) => index * 100));
      scenario.begin("a", { attempt: repeat + 1, repeat });
      if (repeat > 0) scenario.look("before", all, { device: 7 });
      scenario.look("after-clear", after, { device: 7 }).end("a", "passed", repeat + 1);
      all = after;
    }
    assert.deepEqual(gradeOf(scenario)[0]?.repeats, [1200, 1200, 1200]);
  });

  test("and replaced its own, as each of several tests does, is a leak: they grow together", () => {
    const scenario = new Scenario();
    let others: readonly number[] = [];
    for (const step of [0, 1]) {
      const name = `t::f[${step}]`;
      const [first, second] = [1000 * step, 1000 * step + 500];
      scenario
        .test(name, live(...others), live(...others, first))
        .test(name, live(...others, first), live(...others, second), { attempt: 2, repeat: 1 });
      others = [...others, second];
    }
    const byTest = gradeOf(scenario).map(({ test: name, verdict }) => [name, verdict]);
    assert.deepEqual(byTest, [
      ["t::f[0]", "leak"],
      ["t::f[1]", "leak"],
    ]);
  });
});
