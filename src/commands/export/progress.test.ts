import assert from "node:assert/strict";
import { test } from "node:test";
import { Progress } from "./progress.ts";

/** What is written when a part is reached at each of these times, in ms. */
function written(isTTY: boolean, times: readonly number[]): string {
  let [text, nowMs] = ["", 0];
  const write = (piece: string): boolean => {
    text += piece;
    return true;
  };
  const progress = new Progress({ isTTY, write }, "exporting", () => nowMs);
  for (const [index, ms] of times.entries()) {
    nowMs = ms;
    progress.reached(index / times.length);
  }
  progress[Symbol.dispose]();
  return text;
}

test("what takes over a second is reported on a terminal, four times a second at most, and nothing of it stays", () => {
  assert.equal(written(true, [0, 500, 999]), "");
  assert.equal(
    written(true, [0, 1_000, 1_249, 1_250]),
    "\r\x1b[Ktt-memwatch: exporting, 25 %\r\x1b[Ktt-memwatch: exporting, 75 %\r\x1b[K",
  );
  assert.equal(written(false, [0, 1_000, 2_000]), "");
});
