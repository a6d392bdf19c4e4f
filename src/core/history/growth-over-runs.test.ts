import assert from "node:assert/strict";
import { it } from "node:test";
import { dayAt } from "../../../fixtures/history/runs.ts";
import type { TestSighting } from "../model/history.ts";
import { growthOverRuns } from "./growth-over-runs.ts";

const KB = 1024;

/** A run a day, each of a commit of its own, with what the test left in DRAM; null: it was not checked. */
function leaving(amounts: readonly (number | null)[]): TestSighting[] {
  return amounts.map((kb, index) => ({
    run: { id: `${index + 1}`, startedAt: dayAt(index + 1), commit: `c${index + 1}` },
    outcome: "passed",
    state: kb === null ? "not-checked" : "checked",
    durationMs: 1,
    left: kb === null ? {} : { DRAM: kb * KB },
    peak: {},
  }));
}

function days(length: number, kbOf: (day: number) => number | null): (number | null)[] {
  return Array.from({ length }, (_, index) => kbOf(index + 1));
}

it("a ramp is reported with its rate a day, and the runs and commits between which it began", () => {
  const [growth, ...others] = growthOverRuns(leaving(days(20, (day) => 48 + 24 * Math.max(0, day - 10))));
  assert.deepEqual(others, []);
  assert.equal(growth?.memoryType, "DRAM");
  assert.deepEqual(growth.perDay, { bytes: 24 * KB, lowBytes: 24 * KB, highBytes: 24 * KB });
  assert.deepEqual([growth.lastWithout.commit, growth.firstWith.commit], ["c10", "c11"]);
});

it("a run that did not check the test is no run in between", () => {
  const [growth] = growthOverRuns(leaving(days(20, (day) => (day === 11 ? null : 24 * Math.max(0, day - 9)))));
  assert.deepEqual([growth?.lastWithout.commit, growth?.firstWith.commit], ["c9", "c10"]);
  assert.equal(growth?.perDay.bytes, 24 * KB);
});

it("days without a run count as days", () => {
  const everyThird = leaving(days(30, (day) => 12 * day)).filter((_, index) => index % 3 === 0);
  assert.equal(growthOverRuns(everyThird)[0]?.perDay.bytes, 12 * KB);
});

it("a stair of enough steps is reported, of the same rate", () => {
  const [growth] = growthOverRuns(leaving(days(30, (day) => 48 * Math.floor(day / 3))));
  assert.ok(
    growth !== undefined && growth.perDay.bytes > 14 * KB && growth.perDay.bytes < 18 * KB,
    `${growth?.perDay.bytes}`,
  );
});

for (const [what, amounts] of [
  ["nothing", days(20, () => 0)],
  ["always the same", days(20, () => 48)],
  ["more since one day", days(20, (day) => (day < 10 ? 0 : 48))],
  ["a rolling value", days(20, (day) => 24 * (day % 4))],
  ["less and less", days(20, (day) => 1000 - 24 * day)],
  ["more on five runs", days(5, (day) => 24 * day)],
] as const) {
  it(`${what} is no growth`, () => assert.deepEqual(growthOverRuns(leaving(amounts)), []));
}
