import assert from "node:assert/strict";
import { test } from "node:test";
import { namedTest, severalText } from "./named-test.ts";

const TESTS = ["a/test_m.py::test_x[1]", "b/test_m.py::test_x[1]", "b/test_m.py::test_x[2]", "test_n.py::test_y[a/b]"];

for (const [id, found] of [
  ["b/test_m.py::test_x[1]", TESTS[1]],
  ["test_m.py::test_x[2]", TESTS[2]],
  ["../../work/b/test_m.py::test_x[1]", TESTS[1]],
  ["/suite/test_n.py::test_y[a/b]", TESTS[3]],
] as const) {
  test(`${id} means ${found}`, () => {
    assert.deepEqual(namedTest(id, TESTS), { kind: "one", test: found });
  });
}

for (const id of ["est_n.py::test_y[a/b]", "test_n.py", "test_n.py::test_y[b]", "b]", "test_m.py::test_x[3]", ""]) {
  test(`"${id}" means none: folders, names and parameters are whole`, () => {
    assert.deepEqual(namedTest(id, TESTS), { kind: "none" });
  });
}

test("an id that could be of several tests names them", () => {
  assert.deepEqual(namedTest("test_m.py::test_x[1]", TESTS), { kind: "several", tests: TESTS.slice(0, 2) });
});

test("the id itself counts before those that end with it", () => {
  assert.deepEqual(namedTest("t.py::x", ["a/t.py::x", "t.py::x"]), { kind: "one", test: "t.py::x" });
});

test("of many tests that could be meant the first are named", () => {
  const tests = ["a", "b", "c", "d", "e", "f"];
  assert.equal(severalText(tests), "a or b or c or d or e or f");
  assert.equal(severalText([...tests, "g"]), "a or b or c or d or e or 2 other tests");
});
