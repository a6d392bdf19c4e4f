import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ENVIRONMENT } from "./environment.ts";
import {
  CLEAN_TEST,
  LEAKING_TEST,
  makeFolder,
  makeSuite,
  NEWEST,
  programOf,
  readReport,
  readText,
  run,
  TENSOR_BYTES,
  VERSIONS,
} from "./run-harness.ts";

const PYTEST = programOf(NEWEST, "pytest");
const PYTHON = programOf(NEWEST, "python");
const leaking = makeSuite({ "test_a.py": LEAKING_TEST, "test_b.py": CLEAN_TEST });
const clean = makeSuite({ "test_b.py": CLEAN_TEST });
const withoutDevice = makeSuite({ "conftest.py": "", "test_c.py": "def test_plain(): pass\n" });

for (const version of VERSIONS) {
  test(`a test that keeps a tensor is found with its bytes and makes the run fail, on ttnn ${version}`, async () => {
    const file = join(makeFolder(), "report.json");
    const end = await run(["--json", file], [programOf(version, "pytest"), "-q"], { cwd: leaking });
    assert.equal(end.exitCode, 1, end.stderr);
    const [finding, ...others] = readReport(file).findings;
    assert.deepEqual(others, []);
    assert.equal(finding?.test, "test_a.py::test_leak");
    assert.equal(finding?.verdict, "suspect");
    assert.equal(finding?.sizeBytes, TENSOR_BYTES);
    assert.match(end.stdout, /2 passed[\s\S]*SUSPECT +test_a\.py::test_leak +\+24\.0 KB DRAM/);
    assert.doesNotMatch(end.stdout, /^::/m, "nobody would see an annotation");
  });
}

test("the command that the last line offers runs that test alone when it is pasted", async () => {
  const tests = `import pytest\nKEPT = []\n\n@pytest.mark.parametrize("n", ["b c", "a"])\ndef test_leak(tensor, n):\n    KEPT.append(tensor())\n`;
  const suite = makeSuite({ "pytest.ini": "[pytest]\n", "below/test_a.py": tests });
  const place = { cwd: join(suite, "below"), device: "n150x2" };
  const { stdout } = await run([], [PYTHON, "-m", "pytest", "-q"], place);
  const offered = stdout.match(/^tt-memwatch: .*To look at one alone: (.*)$/m)?.[1] ?? "";
  assert.ok(offered.includes(PYTHON) && offered.endsWith(" -m pytest 'test_a.py::test_leak[b c]'"), stdout);
  const { status, stdout: again } = spawnSync(offered, { shell: true, ...place, env: ENVIRONMENT, encoding: "utf8" });
  assert.equal(status, 1, again);
  assert.match(again, / 1 passed[\s\S]*^SUSPECT +below\/test_a\.py::test_leak\[b c\]/m);
});

test("a clean suite is clean, without colour or a status line, and nothing is left where the socket was", async () => {
  const runtime = makeFolder();
  const end = await run([], [PYTEST, "-q", "--color=no"], { cwd: clean, env: { XDG_RUNTIME_DIR: runtime } });
  assert.equal(end.exitCode, 0, end.stdout);
  assert.match(end.stdout, /clean: 1 test checked/);
  assert.deepEqual(readdirSync(runtime), []);
  assert.ok(!`${end.stdout}${end.stderr}`.includes("\u001b"));
});

test("--quiet is silent about a clean run and speaks of a leak; --annotate never annotates nothing", async () => {
  assert.doesNotMatch((await run(["-q"], [PYTEST, "-q"], { cwd: clean })).stdout, /tt-memwatch: /);
  const env = { GITHUB_ACTIONS: "true" };
  const { stdout } = await run(["-q", "--annotate", "never"], [PYTEST, "-q"], { cwd: leaking, env });
  assert.match(stdout, /tt-memwatch: 1 finding fails/);
  assert.doesNotMatch(stdout, /^::/m);
});

test("--fail-on lets a suspect pass, --limit makes it none", async () => {
  assert.equal((await run(["--fail-on", "leak"], [PYTEST], { cwd: leaking })).exitCode, 0);
  const file = join(makeFolder(), "report.json");
  const end = await run(["--json", file, "--dram", "24 KB"], [PYTEST], { cwd: leaking });
  assert.equal(end.exitCode, 0, end.stdout);
  assert.ok(!readReport(file).findings.some(({ verdict }) => verdict === "suspect"));
});

test("a marker that cannot be read fails with --strict, at its line, and the other tests are checked", async () => {
  const marked = LEAKING_TEST.replace("def ", "@pytest.mark.memwatch(dram_limt=object())\ndef ");
  const cwd = makeSuite({ "test_marks.py": `import pytest\n${marked}\n${CLEAN_TEST}` });
  const { exitCode, stdout } = await run(["--strict", "--annotate", "github"], [PYTEST, "-q"], { cwd });
  assert.equal(exitCode, 1, stdout);
  assert.match(
    stdout,
    /BAD-MARK +test_marks\.py::test_leak\n.*test_marks\.py:4 in test_leak\n.*did you mean\s+dram\?/s,
  );
  assert.match(stdout, /tests +1 checked, 1 not checked/);
  assert.match(stdout, /^::error file=test_marks\.py,line=4,title=tt-memwatch%3A bad-mark::/m);
});

test("rules from a file are used", async () => {
  const rules = join(makeSuite({ "rules.toml": '[large-buffer]\nDRAM = "1 KB"\n' }), "rules.toml");
  const file = join(makeFolder(), "report.json");
  await run(["--rules", rules, "--json", file], [PYTEST], { cwd: leaking });
  assert.equal(readReport(file).findings[0]?.verdict, "leak");
});

test("a file of rules with a fault is reported before the command starts", async () => {
  const rules = join(makeSuite({ "rules.toml": "[recurrence]\ntests = 1\n" }), "rules.toml");
  const end = await run(["--rules", rules], ["echo", "started"], { cwd: clean });
  assert.equal(end.exitCode, 2);
  assert.match(end.stderr, /rules\.toml:2:1: recurrence\.tests is 1; /);
  assert.equal(end.stdout, "");
});

for (const [what, command, exitCode] of [
  ["the command's own failure wins over findings", `"${PYTEST}" -q; exit 7`, 7],
  ["a signal that ended the command is 128 + its number", "kill -9 $$", 137],
  ["a command that does not exist is 127", "no-such-command", 127],
] as const) {
  test(what, async () => {
    assert.equal((await run([], ["sh", "-c", command], { cwd: leaking })).exitCode, exitCode);
  });
}

test("a program that cannot be started is one line, and no report", async () => {
  const end = await run([], ["./no-such-program"], { cwd: clean });
  assert.equal(end.exitCode, 127);
  assert.equal(end.stdout, "");
  assert.match(end.stderr, /^tt-memwatch: \.\/no-such-program: command not found\n$/);
});

for (const [what, command, words] of [
  ["a command without pytest", ["true"], /no pytest process connected\. Does the command start pytest\?/],
  ["a suite that uses no device", [PYTEST, withoutDevice], /none of 1 test used a device/],
] as const) {
  test(`${what} checks nothing, which is said and is no success`, async () => {
    const end = await run([], command, { cwd: withoutDevice });
    assert.equal(end.exitCode, 3, end.stdout);
    assert.match(end.stdout.replaceAll(/\s+/g, " "), words);
  });
}

test("a Python that ignores its environment runs as ever, and the report says why it saw nothing", async () => {
  const end = await run([], [PYTHON, "-E", "-m", "pytest"], { cwd: withoutDevice });
  assert.match(end.stdout, /1 passed/);
  assert.equal(end.exitCode, 3);
  assert.match(end.stdout.replaceAll(/\s+/g, " "), /-E and -I ignore the PYTHONPATH that brings the plugin/);
});

test("a pytest that selects no test passes its own exit code through, and says that nothing was checked", async () => {
  const end = await run([], [PYTEST, "-q", "-k", "no_such_test"], { cwd: clean });
  assert.equal(end.exitCode, 5);
  assert.match(end.stdout, /nothing was checked: no test ran/);
});

test("JSON on standard output is nothing but JSON; everything else goes to standard error", async () => {
  const end = await run(["--json", "-"], [PYTEST, "-q"], { cwd: leaking });
  assert.equal(JSON.parse(end.stdout).findings.length, 1);
  assert.match(end.stderr, /2 passed[\s\S]*tt-memwatch: 1 finding fails/);
});

test("a workflow of GitHub has the finding at its line, in every format, in its summary and in pytest's own JUnit file", async () => {
  const folder = makeSuite({ "summary.md": "before\n" });
  const text = (name: string): string => readText(join(folder, name));
  const formats = ["json", "junit", "markdown", "html", "sarif", "gitlab"];
  const flags = formats.flatMap((format) => [`--${format}`, join(folder, format)]);
  const env = {
    GITHUB_ACTIONS: "true",
    GITHUB_WORKSPACE: join(leaking, ".."),
    GITHUB_STEP_SUMMARY: join(folder, "summary.md"),
  };
  const { stdout } = await run(flags, [PYTEST, "-q", "--junitxml", join(folder, "own.xml")], { cwd: leaking, env });
  assert.match(stdout, /^::error file=suite\/conftest\.py,line=13,title=tt-memwatch%3A suspect \+24\.0 KB DRAM::/m);
  for (const name of [...formats, "summary.md"]) assert.match(text(name), /test_leak/, name);
  assert.match(text("summary.md"), /^before\n/);
  assert.match(text("own.xml"), /<testcase [^>]*name="test_clean"/);
  assert.match(text("own.xml"), /<testsuite [^>]*name="tt-memwatch"/);
  const [{ locations, level }] = JSON.parse(text("sarif")).runs[0].results;
  assert.equal(level, "error");
  assert.deepEqual(locations[0].physicalLocation, {
    artifactLocation: { uri: "conftest.py", uriBaseId: "SRCROOT" },
    region: { startLine: 13 },
  });
});

test("--junit with pytest's own file is one file with both", async () => {
  const file = join(makeFolder(), "junit.xml");
  await run(["--junit", file], [PYTEST, "-q", "--junitxml", file], { cwd: leaking });
  const xml = readFileSync(file, "utf8");
  assert.match(xml, /<testcase [^>]*name="test_clean"/);
  assert.equal(xml.match(/<testsuite [^>]*name="tt-memwatch"/g)?.length, 1);
});

test("a JUnit file that pytest announced and somebody removed is a line, and no failure", async () => {
  const file = join(makeFolder(), "junit.xml");
  const command = ["sh", "-c", `"${PYTEST}" -q --junitxml ${file}; rm ${file}`];
  const end = await run([], command, { cwd: clean });
  assert.equal(end.exitCode, 0, end.stderr);
  assert.match(end.stderr, /^tt-memwatch: the findings were not added to .*junit\.xml: ENOENT/m);
});
