import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
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

/** What a glob means, written as the expression it stands for; it backtracks, so only short ones are compared. */
function asExpression(glob: string): RegExp {
  const escaped = glob.replace(/[\\^$.|+()[\]{}]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`, "s");
}

test("a glob matches what the expression matches that it stands for", () => {
  const glob = fc.string({ unit: fc.constantFrom("a", "b", "*", "?", "[", "\n"), maxLength: 8 });
  const text = fc.string({ unit: fc.constantFrom("a", "b", "[", "\n"), maxLength: 10 });
  fc.assert(
    fc.property(glob, text, (glob, text) => matchesGlob(glob, text) === asExpression(glob).test(text)),
    { numRuns: 2_000 },
  );
});

test("a thousand stars are no more work than the text is long", () => {
  const text = "a".repeat(100_000);
  assert.equal(matchesGlob("*a".repeat(1_000), text), true);
  assert.equal(matchesGlob(`${"*a".repeat(1_000)}*b`, text), false);
  assert.equal(matchesGlob(`${"a*?".repeat(1_000)}b`, text), false);
});
