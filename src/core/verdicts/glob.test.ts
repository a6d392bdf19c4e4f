import assert from "node:assert/strict";
import { test } from "node:test";
import { matchesGlob } from "./glob.ts";

test("a glob takes brackets and dots as they are", () => {
  for (const [glob, text, matches] of [
    ["*", "anything::at[all]", true],
    ["*::test_a[*]", "t.py::test_a[x-1]", true],
    ["t.py::test_?", "t.py::test_a", true],
    ["t.py::test_?", "t.py::test_ab", false],
    ["t.py::f[1]", "t.py::f1", false],
    ["t.py", "tXpy", false],
    ["*end", "line\nend", true],
  ] as const) {
    assert.equal(matchesGlob(glob, text), matches, `${glob} against ${text}`);
  }
});
