import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { goneFiles } from "./gone-files.ts";

const suite = mkdtempSync(join(tmpdir(), "tt-memwatch-suite-"));
after(() => rmSync(suite, { recursive: true }));
mkdirSync(join(suite, "tests"));
for (const name of ["here", "ran"]) writeFileSync(join(suite, "tests", `${name}.py`), "");

const RAN = [{ test: "tests/other.py::t" }, { test: "tests/ran.py::t[1]" }];

for (const [what, rootDirs, tests, gone] of [
  ["in the root directory of the tests that ran", [suite], RAN, ["tests/gone.py"]],
  ["in one of several root directories", [join(suite, "tests"), suite], RAN, ["tests/gone.py"]],
  ["where no file of the tests that ran is", [join(suite, "tests")], RAN, []],
  ["where no test ran", [suite], [], []],
  ["where the root directory is not known", [], RAN, []],
] as const) {
  test(`files that are known to be no more ${what}: ${gone.length === 0 ? "none" : gone}`, () => {
    assert.deepEqual(["tests/gone.py", "tests/here.py"].filter(goneFiles(rootDirs, tests)), gone);
  });
}
