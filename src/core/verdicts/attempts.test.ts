import assert from "node:assert/strict";
import { test } from "node:test";
import { recordOf, Scenario } from "../../../fixtures/run/scenario.ts";
import { AttemptsByTest } from "./attempts.ts";

/** Attempts of "a" in one process, of which the second is a repeat, and one of "b". */
const RECORD = recordOf(
  new Scenario()
    .begin("a")
    .end("a")
    .begin("a", { attempt: 2, repeat: 1 })
    .end("a", "passed", 2)
    .begin("b")
    .end("b")
    .begin("a", { attempt: 3 })
    .end("a", "passed", 3),
);

const tests = new AttemptsByTest(RECORD.tests);
const [first, repeat, other, third] = RECORD.tests;
assert.ok(first && repeat && other && third);

test("an attempt is found by process, name and number", () => {
  for (const each of RECORD.tests) assert.equal(tests.of(each.process, each.ref), each);
});

test("what was not run is not found", () => {
  for (const [process, name, attempt] of [
    [other.process + 1, "b", 1],
    [other.process, "c", 1],
    [other.process, "b", 2],
    [first.process, "a", 4],
  ] as const) {
    assert.equal(tests.of(process, { test: name, attempt }), null);
  }
});

test("the attempts of a test are in order, and repeats are told apart", () => {
  const { all, own, areRepeated, sessions } = tests.attemptsOf(third);
  assert.deepEqual([all, own, areRepeated, sessions], [[first, repeat, third], [first, third], true, 1]);
  assert.deepEqual(tests.attemptsOf(other), { all: [other], own: [other], areRepeated: false, sessions: 1 });
});
