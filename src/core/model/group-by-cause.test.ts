import assert from "node:assert/strict";
import { test } from "node:test";
import { finding, KB } from "../../../fixtures/report/builders.ts";
import type { Finding } from "./finding.ts";
import { causeIdOf, causesAndOthers, causesOf } from "./group-by-cause.ts";

const ORIGIN = { operation: "ttnn.zeros", file: "model.py", line: 8, function: "load", testLine: null };

function left(change: Partial<Finding> = {}): Finding {
  return finding({ origin: ORIGIN, holders: ["model._CACHE['a'][0]"], ...change });
}

test("the same line and holder are one cause, whatever the test, the size, the index or the key", () => {
  const others: Partial<Finding>[] = [
    { test: "t.py::other" },
    { sizeBytes: 7 * KB },
    { holders: ["model._CACHE['b'][17]"] },
    { evidence: "Something else." },
    { origin: { ...ORIGIN, function: "load_again", testLine: { file: "t.py", line: 3 } } },
  ];
  for (const change of others) assert.equal(causeIdOf(left(change)), causeIdOf(left()), JSON.stringify(change));
});

test("another verdict, memory, line, operation or holder is another cause", () => {
  const others: Partial<Finding>[] = [
    { verdict: "suspect" },
    { memoryType: "L1" },
    { origin: { ...ORIGIN, line: 9 } },
    { origin: { ...ORIGIN, operation: "ttnn.add" } },
    { holders: ["model._OTHER['a'][0]"] },
    { holders: [] },
  ];
  for (const change of others) assert.notEqual(causeIdOf(left(change)), causeIdOf(left()), JSON.stringify(change));
});

test("without line and holder, findings of one evidence are one cause", () => {
  const bare = { origin: null, holders: [] };
  assert.equal(causeIdOf(left({ ...bare, evidence: "Same." })), causeIdOf(left({ ...bare, evidence: "Same." })));
  assert.notEqual(causeIdOf(left({ ...bare, evidence: "Same." })), causeIdOf(left({ ...bare, evidence: "Not." })));
});

test("a holder is reported as it is where all have it, and with its varying parts left open where not", () => {
  const [same] = causesOf([left(), left({ test: "t.py::b" })]);
  assert.equal(same?.holder, "model._CACHE['a'][0]");
  const [various] = causesOf([left(), left({ holders: ['model._CACHE["it\'s ]\\""][1]'] })]);
  assert.equal(various?.holder, "model._CACHE[*][*]");
  assert.equal(causesOf([left({ holders: [] })])[0]?.holder, null);
});

test("a cause has the bytes of all its findings, and what fails is kept apart", () => {
  const causes = causesOf([left({ sizeBytes: 3 }), left({ sizeBytes: 4 }), left({ sizeBytes: 5, fails: false })]);
  assert.deepEqual(
    causes.map(({ sizeBytes, findings }) => [sizeBytes, findings.length]),
    [
      [7, 2],
      [5, 1],
    ],
  );
});

test("what several tests left on one line is reported together; what they needed at their worst is not", () => {
  const five = (change: Partial<Finding>): Finding[] => Array.from({ length: 5 }, () => left(change));
  assert.deepEqual([causesAndOthers(five({})).length, causesAndOthers(five({ verdict: "over-limit" })).length], [1, 5]);
});
