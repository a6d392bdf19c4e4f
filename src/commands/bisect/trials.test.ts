import assert from "node:assert/strict";
import { test } from "node:test";
import type { Trial } from "../../core/model/bisection.ts";
import { NoMoreTrials, Trials } from "./trials.ts";

const WHOLE: Trial = { tests: 3, result: "fails", durationMs: 1 };

/** Fails where `b` ran before. */
function trialsWith(runsMax: number, change: { isInterrupted?: () => boolean; result?: Trial["result"] } = {}) {
  const said: string[] = [];
  const ran: (readonly string[])[] = [];
  const run = async (earlier: readonly string[]) => {
    ran.push(earlier);
    return change.result ?? (earlier.includes("b") ? "fails" : "passes");
  };
  const isInterrupted = change.isInterrupted ?? (() => false);
  const trials = new Trials(WHOLE, ["a", "b", "c"], run, { runsMax, isInterrupted, say: (line) => said.push(line) });
  return { trials, said, ran };
}

test("each set is run once, told, and the smallest that fails is kept", async () => {
  const { trials, said, ran } = trialsWith(9);
  assert.deepEqual(trials.best, ["a", "b", "c"]);
  assert.equal(await trials.failsAfter(["a", "b"]), true);
  assert.equal(await trials.failsAfter([]), false);
  assert.equal(await trials.failsAfter(["a", "b"]), true);
  assert.deepEqual(ran, [["a", "b"], []]);
  assert.deepEqual(trials.best, ["a", "b"]);
  assert.match(
    said.join("\n"),
    /^run 2, of 9 at most: after 2 earlier tests the test fails \(.*\)\nrun 3.* alone the test passes/,
  );
});

test("no more runs than allowed, the whole command's included", async () => {
  const { trials, ran } = trialsWith(2);
  await trials.failsAfter(["a"]);
  await assert.rejects(trials.failsAfter(["b"]), NoMoreTrials);
  assert.equal(ran.length, 1);
});

test("an interrupt ends it, and the run that it met counts for nothing", async () => {
  const answers = [false, true];
  const { trials } = trialsWith(9, { isInterrupted: () => answers.shift() ?? true });
  await assert.rejects(trials.failsAfter(["b"]), NoMoreTrials);
  assert.deepEqual([trials.trials.length, trials.best.length], [1, 3]);
});

test("where the test did not run, it did not fail", async () => {
  const { trials, said } = trialsWith(9, { result: "unresolved" });
  assert.equal(await trials.failsAfter(["b"]), false);
  assert.match(said[0] ?? "", /the test did not run/);
});
