import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bisection } from "../../core/model/bisection.ts";
import { bisectionJson, bisectionText } from "./bisection-text.ts";

const TRIAL = { tests: 9, result: "fails", durationMs: 1200 } as const;
const FOUND: Bisection = {
  test: "t.py::test_x",
  kind: "found",
  culprits: ["t.py::test_a", "t.py::test_b[1 2]"],
  earlier: 9,
  trials: [TRIAL, TRIAL, TRIAL, TRIAL],
  reproduce: ["tt-memwatch", "run", "--", "pytest", "t.py::test_a", "t.py::test_b[1 2]", "t.py::test_x"],
};
const NOTHING = { culprits: [], reproduce: null } as const;

test("the culprits are named, with the command to paste", () => {
  assert.equal(
    bisectionText(FOUND),
    `t.py::test_x fails after these 2 tests together, and not without any one of them (4 runs):
  t.py::test_a
  t.py::test_b[1 2]
To see it again: tt-memwatch run -- pytest t.py::test_a 't.py::test_b[1 2]' t.py::test_x
`,
  );
});

for (const [change, text] of [
  [
    { culprits: ["t.py::test_a"] },
    /^t\.py::test_x fails after this test, and not without it \(4 runs\):\n {2}t\.py::test_a\n/,
  ],
  [
    { kind: "alone", culprits: [] },
    /^t\.py::test_x fails alone: no earlier test is to blame \(4 runs\)\.\nTo see it again: /,
  ],
  [
    { kind: "not-reproduced", ...NOTHING },
    /passed when the 9 tests before it and it ran again: it does not always fail \(4 runs\)\.\n$/,
  ],
  [{ kind: "not-reproduced", ...NOTHING, earlier: 0 }, /passed when it ran again/],
  [{ kind: "passed", ...NOTHING }, /^t\.py::test_x passed: there is nothing to find/],
  [{ kind: "unfinished" }, /fails after 2 earlier tests; whether fewer of them are enough was not tried \(4 runs\):/],
  [{ test: "t\x1b" }, /^t\\x1b fails/],
] as const) {
  test(`what is said: ${text.source}`, () => assert.match(bisectionText({ ...FOUND, ...change }), text));
}

test("of many culprits the first are named, and no command of a screen's length", () => {
  const culprits = Array.from({ length: 22 }, (_, index) => `t${index}`);
  const text = bisectionText({ ...FOUND, culprits });
  assert.match(text, / {2}t19\n {2}and 2 more: see --json\n$/);
});

test("programs get all of it, with the name of its schema", () => {
  assert.deepEqual(JSON.parse(bisectionJson(FOUND)), { schema: "tt-memwatch/bisection/1", ...FOUND });
});
