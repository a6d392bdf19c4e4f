import assert from "node:assert/strict";
import { it } from "node:test";
import { formatDuration } from "./duration.ts";

const cases: readonly (readonly [number, string])[] = [
  [0, "0 ms"],
  [999.4, "999 ms"],
  [999.5, "1.0 s"],
  [12_340, "12.3 s"],
  [59_940, "59.9 s"],
  [59_960, "1 min 0 s"],
  [83_456, "1 min 23 s"],
];
for (const [durationMs, text] of cases) {
  it(`writes ${durationMs} ms as ${text}`, () => assert.equal(formatDuration(durationMs), text));
}
