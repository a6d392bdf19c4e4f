import assert from "node:assert/strict";
import { test } from "node:test";
import { changesOf, left, runOf } from "../../../fixtures/report/two-runs.ts";
import type { Finding } from "../model/finding.ts";
import { compareLeftovers } from "./compare-two-runs.ts";
import { NO_TOLERANCE } from "./tolerance.ts";

/** What a test of that node id leaves, by the signature that `test_x` of this package has in each of its files. */
function leftOfX(test: string, sizeBytes = 8): Finding {
  return left(test, sizeBytes, { signature: "v2:dram:test_x:4f0c9a1be23d" });
}

const [IN_A, IN_B, IN_C] = ["m/test_a.py::test_x", "m/test_b.py::test_x", "m/test_c.py::test_x"] as const;

for (const [what, before, after, changes] of [
  [
    "tests of one name in two files that both ran are two",
    runOf([IN_A, IN_B], [leftOfX(IN_A)]),
    runOf([IN_A, IN_B], [leftOfX(IN_B)]),
    [
      ["new", IN_B, true],
      ["gone", IN_A, false],
    ],
  ],
  [
    "a test whose file was renamed is the same",
    runOf([IN_A, IN_B], [leftOfX(IN_A), leftOfX(IN_B)]),
    runOf([IN_B, IN_C], [leftOfX(IN_B), leftOfX(IN_C)]),
    [
      ["same", IN_B, false],
      ["same", IN_C, false],
    ],
  ],
  [
    "a test that is new is not the same as one that still runs",
    runOf([IN_A], [leftOfX(IN_A)]),
    runOf([IN_A, IN_C], [leftOfX(IN_C)]),
    [
      ["new", IN_C, true],
      ["gone", IN_A, false],
    ],
  ],
  [
    "a test that ran before is not where another went",
    runOf([IN_A, IN_B], [leftOfX(IN_A)]),
    runOf([IN_B], [leftOfX(IN_B)]),
    [
      ["new", IN_B, true],
      ["not-checked", IN_A, false],
    ],
  ],
  [
    "a test whose file was renamed and whose leak was fixed is gone",
    runOf([IN_A, IN_B], [leftOfX(IN_A)]),
    runOf([IN_C, IN_B], []),
    [["gone", IN_A, false]],
  ],
  [
    "tests of two runs that have none in common did not move",
    runOf([IN_A], [leftOfX(IN_A)]),
    runOf([IN_C], [leftOfX(IN_C)]),
    [
      ["new", IN_C, true],
      ["not-checked", IN_A, false],
    ],
  ],
  [
    "a test whose file was only not run is not checked, though one of its name was",
    runOf([IN_A, IN_B], [leftOfX(IN_A)]),
    runOf([IN_B], []),
    [["not-checked", IN_A, false]],
  ],
  [
    "a test of that name in another package is not the one that was renamed",
    runOf([IN_A], [leftOfX(IN_A)]),
    runOf(["other/test_c.py::test_x"], []),
    [["not-checked", IN_A, false]],
  ],
] as const) {
  test(`joined: ${what}`, () => assert.deepEqual(changesOf(before, after), changes));
}

for (const [isThere, changes] of [
  [false, [["same", IN_C, false]]],
  [
    true,
    [
      ["new", IN_C, true],
      ["not-checked", IN_A, false],
    ],
  ],
] as const) {
  test(`whether a test moved is known where its old file is ${isThere ? "there" : "gone"}, whatever else ran`, () => {
    for (const common of [[], [IN_B]]) {
      const [before, after] = [runOf([IN_A, ...common], [leftOfX(IN_A)]), runOf([IN_C, ...common], [leftOfX(IN_C)])];
      const found = compareLeftovers(before, after, NO_TOLERANCE, () => isThere);
      assert.deepEqual(
        found.map((each) => [each.change, (each.after ?? each.before)?.test, each.fails]),
        changes,
      );
    }
  });
}
