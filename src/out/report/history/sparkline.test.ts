import assert from "node:assert/strict";
import { it } from "node:test";
import { sparkline } from "./sparkline.ts";

for (const [values, columns, line] of [
  [[], 5, ""],
  [[0, 0], 5, "▁▁"],
  [[0, 1, 2, 3, 4, 5, 6, 7], 8, "▁▂▃▄▅▆▇█"],
  [[1, 1_000_000], 5, "▂█"],
  [[4, null, 4], 5, "█ █"],
  [[-8, 8], 5, "▁█"],
  [[0, 9, 0, 0, 0, 3], 3, "█▁▄"],
  [[null, null, 1], 1, "█"],
] as const) {
  it(`${JSON.stringify(values)} in ${columns} columns is "${line}"`, () =>
    assert.equal(sparkline(values, columns), line));
}
