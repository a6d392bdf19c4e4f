import assert from "node:assert/strict";
import { chmodSync, cpSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  CLEAN_TEST,
  CLONE,
  LEAKING_TEST,
  makeFolder,
  makeSuite,
  NEWEST,
  programOf,
  readReport,
  run,
  TENSOR_BYTES,
} from "./run-harness.ts";

const PYTEST = programOf(NEWEST, "pytest");
const TOX = programOf(NEWEST, "tox");

const suite = makeSuite({
  "test_a.py": LEAKING_TEST,
  "check.sh": `#!/bin/sh\ncd "$(dirname "$0")" && "${PYTEST}" -q\n`,
  Makefile: `test:\n\t@"${PYTEST}" -q\n`,
  "tox.ini": `[testenv]\nskip_install = true\nallowlist_externals = *\ncommands = '${PYTEST}' -q\n`,
});
chmodSync(join(suite, "check.sh"), 0o755);

for (const [what, command] of [
  ["a shell script", ["./check.sh"]],
  ["make", ["make", "-s", "test"]],
  ["tox", [TOX, "-q", "-e", "py"]],
  ["two workers of pytest-xdist", [PYTEST, "-n", "2"]],
] as const) {
  test(`${what} is watched`, async () => {
    const file = join(makeFolder(), "report.json");
    const end = await run(["--json", file], command, { cwd: suite });
    assert.equal(end.exitCode, 1, `${end.stdout}\n${end.stderr}`);
    const { findings } = readReport(file);
    assert.deepEqual(
      findings.map(({ test, sizeBytes }) => [test, sizeBytes]),
      [["test_a.py::test_leak", TENSOR_BYTES]],
    );
  });
}

test("plugins and paths of the user's own are still found, and come first", async () => {
  const theirs = makeSuite({
    "conftest.py": "",
    "my_plugin.py": "def pytest_report_header(): return 'MY PLUGIN'\n",
    "tt_memwatch_bootstrap.py": "def pytest_report_header(): return 'MY BOOTSTRAP'\n",
  });
  const env = { PYTEST_PLUGINS: "my_plugin", PYTHONPATH: theirs };
  const end = await run([], [PYTEST], { cwd: suite, env });
  assert.match(end.stdout, /MY PLUGIN/);
  assert.match(end.stdout, /MY BOOTSTRAP/);
});

test("two runs at once do not see each other", async () => {
  const cleanSuite = makeSuite({ "test_b.py": CLEAN_TEST });
  const [leaking, clean] = await Promise.all([
    run([], [PYTEST, "-q"], { cwd: suite }),
    run([], [PYTEST, "-q"], { cwd: cleanSuite }),
  ]);
  assert.equal(leaking.exitCode, 1, leaking.stdout);
  assert.equal(clean.exitCode, 0, clean.stdout);
  assert.match(clean.stdout, /clean: 1 test checked/);
});

test("a run in a run belongs to the inner one", async () => {
  const inner = join(makeFolder(), "inner.json");
  const program = join(CLONE, "bin", "tt-memwatch");
  const end = await run([], [program, "run", "--json", inner, "--", PYTEST, "-q"], { cwd: suite });
  assert.equal(readReport(inner).findings.length, 1);
  assert.match(end.stdout, /no pytest process connected/);
});

test("spaces and letters beyond ASCII are allowed in the clone's path, the suite's and the report's", async () => {
  const clone = join(makeFolder(), "mein Klön 测试");
  mkdirSync(clone);
  for (const part of ["bin", "src", "clients", "rules", "package.json"]) {
    cpSync(join(CLONE, part), join(clone, part), { recursive: true });
  }
  symlinkSync(join(CLONE, "node_modules"), join(clone, "node_modules"));
  const cwd = makeSuite({ "test_ä b.py": LEAKING_TEST.replace("test_leak", "test_größe") }, "süite mit 空格");
  const file = join(cwd, "bericht ü.json");
  const program = join(clone, "bin", "tt-memwatch");
  const end = await run(["--json", file], [PYTEST, "-q"], { cwd, program });
  assert.equal(end.exitCode, 1, end.stderr);
  assert.equal(readReport(file).findings[0]?.test, "test_ä b.py::test_größe");
});

test("a runtime folder whose path is too long for a socket is not used", async () => {
  const folder = join(makeFolder(), "x".repeat(90));
  mkdirSync(folder);
  const end = await run([], [PYTEST, "-q"], { cwd: suite, env: { XDG_RUNTIME_DIR: folder, TMPDIR: folder } });
  assert.equal(end.exitCode, 1, end.stderr);
  assert.match(end.stdout, /1 finding fails/);
});

test("where no terminal says how wide a line is, COLUMNS does", async () => {
  const { stdout } = await run([], [PYTEST, "-q"], { cwd: suite, env: { COLUMNS: "60" } });
  const report = stdout.slice(stdout.indexOf("SUSPECT")).split("\n").slice(0, -2);
  const evidence = report.filter((line) => line.startsWith("    "));
  assert.ok(evidence.length > 2, stdout);
  for (const line of evidence) assert.ok(line.length <= 60, line);
});

test("an old name of the plugin's option is said once, however many processes have it", async () => {
  const theirs = makeSuite({
    "pytest.ini": "[pytest]\nmemwatch_trace = 1 KB\n",
    "test_a.py": "import pytest\n\n@pytest.mark.memwatch(trace='1 KB')\ndef test_a(device): pass\n",
    "test_b.py": "import pytest\n\n@pytest.mark.memwatch(trace='1 KB')\ndef test_b(device): pass\n",
  });
  const command = [PYTEST, "-q", "-n", "2", "--memwatch-origin=trace"];
  const { stderr } = await run([], command, { cwd: theirs, env: { TT_MEMWATCH_TRACE: "1 KB" } });
  const said = stderr.split("\n").filter((line) => line.includes(" is called "));
  assert.deepEqual(said.map((line) => line.replace(/^tt-memwatch: (.*) now; the old name still works$/, "$1")).sort(), [
    "--memwatch-origin=trace is called --memwatch-origin=tracer",
    "TT_MEMWATCH_TRACE is called TT_MEMWATCH_TRACE_LIMIT",
    "memwatch(trace=...) is called memwatch(trace_limit=...)",
    "memwatch_trace is called memwatch_trace_limit",
  ]);
});
