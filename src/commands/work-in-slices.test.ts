import assert from "node:assert/strict";
import { test } from "node:test";
import { inSlices, resultInSlices } from "./work-in-slices.ts";

/** More than one slice can do, unless this is stopped: each step takes half a millisecond. */
function* busySteps(onEnd: () => void): Generator<number, string, void> {
  try {
    for (let step = 0; step < 100; step += 1) {
      const untilMs = performance.now() + 0.5;
      while (performance.now() < untilMs);
      yield step;
    }
    return "done";
  } finally {
    onEnd();
  }
}

test("other work gets its turn before long steps are done, and the result is that of the steps", async () => {
  let hasEnded = false;
  let hadTurnBefore = false;
  setImmediate(() => {
    hadTurnBefore = !hasEnded;
  });
  const result = await resultInSlices(
    busySteps(() => {
      hasEnded = true;
    }),
  );
  assert.deepEqual([result, hadTurnBefore], ["done", true]);
});

test("whoever stops looking ends the steps, so that what they hold is released", async () => {
  let ends = 0;
  const seen: number[] = [];
  for await (const step of inSlices(busySteps(() => (ends += 1)))) {
    seen.push(step);
    if (seen.length === 3) break;
  }
  assert.deepEqual([seen, ends], [[0, 1, 2], 1]);
});
