import assert from "node:assert/strict";
import { test } from "node:test";
import { recordOf, Scenario } from "../../../fixtures/run/scenario.ts";
import { TestPositions } from "./test-positions.ts";

const NOTHING = {};

test("a repeat stands where its test does, and a rerun is a test more", () => {
  const scenario = new Scenario()
    .test("a", NOTHING, NOTHING)
    .test("a", NOTHING, NOTHING, { attempt: 2, repeat: 1 })
    .test("a", NOTHING, NOTHING, { attempt: 3, repeat: 2 })
    .test("b", NOTHING, NOTHING)
    .test("b", NOTHING, NOTHING, { attempt: 2 });
  const { tests } = recordOf(scenario);
  const positions = new TestPositions(tests);
  assert.deepEqual(
    tests.map(({ process, ref }) => positions.of(process, ref)),
    [0, 0, 0, 1, 2],
  );
  assert.deepEqual(
    [...tests.slice(0, 2).map(({ ref }) => positions.runOf(0, ref)), positions.runOf(0, null)],
    [
      { attempt: 1, repeat: 0, outcome: "passed" },
      { attempt: 2, repeat: 1, outcome: "passed" },
      { attempt: null, repeat: 0, outcome: null },
    ],
  );
});
