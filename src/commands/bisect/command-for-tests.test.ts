import assert from "node:assert/strict";
import { test } from "node:test";
import { PROCESS_INFO } from "../../../fixtures/run/records.ts";
import { commandForTests } from "./command-for-tests.ts";

const CHOSEN = ["a.py::x", "b.py::y[1 2]"];

function choose(
  command: readonly string[],
  paths: readonly string[] | null,
  roles: readonly ("single" | "worker")[] = ["single"],
) {
  const processes = roles.map((role) => ({ paths, info: { ...PROCESS_INFO, role } }));
  return commandForTests(command, processes)(CHOSEN);
}

for (const [what, command, paths, kept] of [
  ["a path", ["pytest", "tests"], ["tests"], ["pytest"]],
  ["no path", ["python", "-m", "pytest", "-q"], [], ["python", "-m", "pytest", "-q"]],
  ["paths among options", ["pytest", "-q", "a", "-x", "b.py::t"], ["a", "b.py::t"], ["pytest", "-q", "-x"]],
  ["a path that is a value, too", ["pytest", "-k", "a", "a"], ["a"], ["pytest", "-k", "a"]],
  ["a program of that name", ["uv", "run", "pytest", "uv"], ["uv"], ["uv", "run", "pytest"]],
] as const) {
  test(`node ids take the place of ${what}`, () => {
    assert.deepEqual(choose(command, paths), [...kept, ...CHOSEN]);
  });
}

test("what several workers ran is run in one process", () => {
  assert.deepEqual(choose(["pytest", "-n", "2"], [], ["worker", "worker"]), [
    "pytest",
    "-n",
    "2",
    "-n",
    "0",
    ...CHOSEN,
  ]);
});

test("paths that are not in the command, or not known, are wrong use", () => {
  assert.throws(() => choose(["pytest"], ["tests"]), { message: /was given "tests" by its configuration/ });
  assert.throws(() => choose(["pytest"], null), { message: /name at most 200/ });
});

test("more tests than a command line takes are wrong use", () => {
  const chosen = commandForTests(["pytest"], [{ paths: [], info: PROCESS_INFO }]);
  assert.equal(chosen(["x".repeat(999_999)]).length, 2);
  assert.throws(() => chosen(["x".repeat(1_000_000)]), { message: /1 tests are more than a command line takes/ });
});
