import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { it } from "node:test";
import { quoteShell } from "./quote-shell.ts";

for (const argument of [
  "tests/test_a.py::test_b",
  "",
  "a b",
  "it's",
  "$HOME",
  "`id`",
  "[1-2]",
  "日本",
  "-k",
  "a\nb",
  '"',
  "\\",
]) {
  it(`a shell reads ${JSON.stringify(argument)} back`, () => {
    const echoed = execFileSync("sh", ["-c", `printf %s ${quoteShell(argument)}`], { encoding: "utf8" });
    assert.equal(echoed, argument);
  });
}

it("leaves a plain node id as it is", () =>
  assert.equal(quoteShell("tests/test_a.py::test_b"), "tests/test_a.py::test_b"));
