import assert from "node:assert/strict";
import { test } from "node:test";
import { processReport } from "../../../fixtures/report/builders.ts";
import { offeredCommand } from "./offered-command.ts";

const INVOCATION = ["tt-memwatch", "run", "--"];
const TEST = "tests/a.py::t[a::b c]";

for (const [what, command, cwd, rootDirs, offered] of [
  ["from the root directory", ["pytest", "-q", "x"], "/m", ["/m"], "pytest 'tests/a.py::t[a::b c]'"],
  ["from a folder below it", ["pytest"], "/m/tests", ["/m"], "pytest 'a.py::t[a::b c]'"],
  ["from elsewhere", ["/v/bin/pytest", "../m"], "/n", ["/m", "/m"], "/v/bin/pytest '../m/tests/a.py::t[a::b c]'"],
  ["of a Python", ["v/python", "-m", "pytest", "-n", "2"], "/m", ["/m"], "v/python -m pytest 'tests/a.py::t[a::b c]'"],
  ["of something that starts pytest", ["make", "test"], "/m", ["/m"], "pytest 'tests/a.py::t[a::b c]'"],
  ["that names a folder pytest", ["./run", "tests/pytest"], "/m", ["/m"], "pytest 'tests/a.py::t[a::b c]'"],
  ["of a starter", ["timeout", "300", "v/pytest", "-q"], "/m", ["/m"], "timeout 300 v/pytest 'tests/a.py::t[a::b c]'"],
  [
    "with options of the plugin",
    ["pytest", "-q", "--memwatch-dram=1 KB", "--memwatch-clear", "growth", "--memwatch-fail", "tests"],
    "/m",
    ["/m"],
    "pytest '--memwatch-dram=1 KB' --memwatch-clear growth --memwatch-fail 'tests/a.py::t[a::b c]'",
  ],
  [
    "with settings of the plugin",
    ["pytest", "-o", "memwatch_dram=1 KB", "-o", "log_cli=1", "-o", "memwatch_clear=growth", "tests"],
    "/m",
    ["/m"],
    "pytest -o 'memwatch_dram=1 KB' -o memwatch_clear=growth 'tests/a.py::t[a::b c]'",
  ],
  ["with several root directories", ["pytest"], "/n", ["/m", "/o"], "pytest 'tests/a.py::t[a::b c]'"],
] as const) {
  test(`a run ${what} is offered a command that works there`, () => {
    const processes = rootDirs.map((rootDir) => processReport({ rootDir }));
    assert.equal(
      offeredCommand(TEST, { invocation: INVOCATION, command, cwd, processes }),
      `tt-memwatch run -- ${offered}`,
    );
  });
}
