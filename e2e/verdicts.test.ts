import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeRun } from "../bench/verdicts/judge-run.ts";
import { plantRun } from "../bench/verdicts/planted-run.ts";
import { Scores, wrongLeaks } from "../bench/verdicts/score.ts";

test("every verdict on a planted run is what was planted", () => {
  const { deeds, truths } = plantRun(4711, "none");
  const scores = new Scores();
  scores.add(truths, judgeRun(deeds, 1));
  assert.deepEqual(scores.differences, []);
  assert.ok(scores.left.right >= 100, `${scores.left.right} of them leaks and suspects`);
});

for (const [damage, part] of [
  ["small-ring", 1],
  ["frees-missing", 1],
  ["reordered", 1],
  ["cut", 0.6],
] as const) {
  test(`no innocent memory is called a leak: ${damage}`, () => {
    const { deeds, truths } = plantRun(4711, damage);
    const judged = judgeRun(deeds, part);
    assert.deepEqual(wrongLeaks(truths, judged), []);
    assert.ok(judged.findings.length > 20, `${judged.findings.length} findings`);
  });
}
