import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  CLEAN_TEST,
  LEAKING_TEST,
  makeFolder,
  makeSuite,
  NEWEST,
  PROGRAM,
  programOf,
  Running,
  readReport,
  run,
  TENSOR_BYTES,
} from "./run-harness.ts";

const PYTEST = programOf(NEWEST, "pytest");

/** A test that leaks, and one that then does this. */
function thenDoes(body: string): string {
  const indented = body.replaceAll(/^/gm, "    ");
  return makeSuite({
    "test_fault.py": `import ctypes, os, signal, socket, sys\n${LEAKING_TEST}\ndef test_fault(tensor):\n${indented}\n`,
  });
}

for (const [what, body, exitCode] of [
  ["is killed", "os.kill(os.getpid(), signal.SIGKILL)", 137],
  ["crashes", "ctypes.string_at(0)", 139],
  ["leaves without a word", "os._exit(0)", 3],
] as const) {
  test(`a test process that ${what}: the report names the test and what was live`, async () => {
    const file = join(makeFolder(), "report.json");
    // Only the leak's own verdict is of no interest here: nothing fails.
    const end = await run(["--json", file, "--fail-on", "untrusted"], [PYTEST, "-q"], { cwd: thenDoes(body) });
    assert.equal(end.exitCode, exitCode, end.stdout);
    const { run: summary, tests } = readReport(file);
    const [lost] = summary.lost;
    assert.equal(lost?.test, "test_fault.py::test_fault");
    assert.deepEqual(
      lost?.live.map(({ memoryType, sizeBytes }) => [memoryType, sizeBytes]),
      [["DRAM", TENSOR_BYTES]],
    );
    assert.deepEqual(
      tests.map(({ test, state, outcome }) => [test, state, outcome]),
      [
        ["test_fault.py::test_leak", "checked", "passed"],
        ["test_fault.py::test_fault", "not-checked", null],
      ],
    );
    assert.match(end.stdout, /lost +.*test_fault\.py::test_fault/);
  });
}

const WAIT = 'print("WAITING", os.getpid(), os.getppid(), flush=True)\nwhile True: signal.pause()';

test("the first Ctrl-C is pytest's; the report follows pytest's own", async () => {
  const running = new Running([], [PYTEST, "-s"], { cwd: thenDoes(WAIT) });
  await running.sees(/WAITING/);
  running.child.kill("SIGINT");
  const end = await running.end();
  assert.equal(end.exitCode, 2, end.stderr);
  assert.match(end.stdout, /KeyboardInterrupt[\s\S]*SUSPECT +test_fault\.py::test_leak/);
});

test("one interrupt for the whole group, without a terminal, is one for pytest: its fixtures are torn down", async () => {
  const slow = `import pytest, time

@pytest.fixture
def slow():
    yield
    for _ in range(20): time.sleep(0.1)
    print("TORN DOWN", flush=True)

def test_wait(tensor, slow):
    kept = tensor()
    print("WAITING", flush=True)
    while True: time.sleep(60)
`;
  const cwd = makeSuite({ "test_a.py": LEAKING_TEST, "test_b.py": slow });
  const running = new Running([], [PYTEST, "-s"], { cwd, isOwnGroup: true });
  await running.sees(/WAITING/);
  // As `timeout` does.
  running.child.kill("SIGINT");
  process.kill(-(running.child.pid ?? 0), "SIGINT");
  const end = await running.end();
  assert.equal(end.exitCode, 2, end.stderr);
  assert.match(end.stdout, /TORN DOWN[\s\S]*KeyboardInterrupt[\s\S]*SUSPECT +test_a\.py::test_leak/);
  // Its memory is its own, and nobody's leak.
  assert.match(end.stdout, /NOT-CHECKED +test_b\.py::test_wait[\s\S]*The test was interrupted; 24\.0 KB that appeared/);
  assert.doesNotMatch(end.stdout, /between tests/);
});

test("the second Ctrl-C ends a command that goes on after the first, and what was seen is reported", async () => {
  const stubborn = `signal.signal(signal.SIGINT, lambda *_: print("NO", flush=True))\n${WAIT}`;
  const running = new Running([], [PYTEST, "-s"], { cwd: thenDoes(stubborn) });
  await running.sees(/WAITING/);
  running.child.kill("SIGINT");
  await running.sees(/NO/);
  running.child.kill("SIGINT");
  const end = await running.end();
  assert.equal(end.exitCode, 143, end.stderr);
  assert.match(end.stdout, /SUSPECT +test_fault\.py::test_leak/);
});

test("a command that does not end when asked to is killed, and what was seen is reported", async () => {
  const stubborn =
    'signal.signal(signal.SIGTERM, signal.SIG_IGN)\nsignal.signal(signal.SIGINT, lambda *_: print("NO", flush=True))\n';
  const running = new Running([], [PYTEST, "-s"], { cwd: thenDoes(stubborn + WAIT) });
  await running.sees(/WAITING/);
  running.child.kill("SIGINT");
  await running.sees(/NO/);
  running.child.kill("SIGINT");
  const end = await running.end();
  assert.equal(end.exitCode, 137, end.stderr);
  assert.match(end.stdout, /SUSPECT +test_fault\.py::test_leak/);
});

for (const [signal, exitCode] of [
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const) {
  test(`${signal} is passed on, then the report follows`, async () => {
    const running = new Running([], [PYTEST, "-s"], { cwd: thenDoes(WAIT) });
    await running.sees(/WAITING/);
    running.child.kill(signal);
    const end = await running.end();
    assert.equal(end.exitCode, exitCode, end.stderr);
    assert.match(end.stdout, /SUSPECT +test_fault\.py::test_leak/);
  });
}

/** More blocks than a socket's buffers hold, before and after each of the tests that follow. */
const MANY = `
import os, signal
import pytest

KEPT = []

def test_first(tensor):
    os.kill(os.getppid(), signal.SIGNAL)
    KEPT.extend(tensor() for _ in range(5000))

@pytest.mark.parametrize("n", range(4))
def test_more(tensor, n):
    KEPT.extend(tensor() for _ in range(5000))
`;

test("tests go on and pass when the engine dies", async () => {
  const cwd = makeSuite({ "test_many.py": MANY.replace("SIGNAL", "SIGKILL") });
  const end = await run([], [PYTEST, "-q"], { cwd });
  assert.match(end.stdout, /5 passed/);
});

test("tests go on and pass while the engine is stopped; once it goes on it says what it missed", async () => {
  const cwd = makeSuite({
    "test_many.py": MANY.replace("SIGNAL", "SIGSTOP"),
    "test_zend.py": 'import os\n\ndef test_end(): print("ENGINE", os.getppid(), flush=True)\n',
  });
  const running = new Running([], [PYTEST, "-s"], { cwd });
  const [, engine] = await running.sees(/ENGINE (\d+)/);
  await running.sees(/6 passed/);
  process.kill(Number(engine), "SIGCONT");
  const end = await running.end();
  assert.notEqual(end.exitCode, 0);
  assert.match(end.stdout, /^lost +\S/m);
});

test("garbage on the private socket is refused, counted and shown; the tests are watched as ever", async () => {
  const garbage = [
    "for line in [b'GET / HTTP/1.1\\n', b'{}\\n', b'\\xff\\n', b'x' * 300_000]:",
    "    with socket.socket(socket.AF_UNIX) as peer:",
    "        peer.connect(os.environ['TT_MEMWATCH_SOCKET'])",
    "        try: peer.sendall(line)",
    "        except OSError: pass",
    "        try: assert b'refused' in peer.recv(4096)",
    "        except ConnectionResetError: pass",
  ];
  const file = join(makeFolder(), "report.json");
  const end = await run(["--json", file], [PYTEST, "-q"], { cwd: thenDoes(garbage.join("\n")) });
  assert.equal(end.exitCode, 1, end.stdout);
  const report = readReport(file);
  assert.equal(report.run.refused.length, 4);
  assert.match(
    report.run.refused.join("\n"),
    /not JSON: GET[\s\S]*without a kind[\s\S]*not UTF-8[\s\S]*longer than 262144/,
  );
  assert.equal(report.run.tests.checked, 2);
  assert.match(end.stdout, /refused +a connection: not JSON: GET/);
});

for (const format of ["json", "junit", "markdown", "html"] as const) {
  test(`a full disk for the ${format} report is one clear line, and the others are written`, async () => {
    const folder = makeFolder();
    const others = (["json", "junit", "markdown", "html"] as const).filter((other) => other !== format);
    const flags = [`--${format}`, "/dev/full", ...others.flatMap((other) => [`--${other}`, join(folder, other)])];
    const end = await run(flags, ["true"], { cwd: folder });
    assert.equal(end.exitCode, 2, end.stdout);
    assert.match(end.stderr, /^tt-memwatch: cannot write the report to "\/dev\/full": no space left on device/m);
    assert.deepEqual(readdirSync(folder), others.toSorted());
    for (const other of others) assert.match(readFileSync(join(folder, other), "utf8"), /\S/);
  });
}

for (const [what, flags] of [
  ["the text", ""],
  ["JSON on standard output", "--json -"],
] as const) {
  test(`a full disk for ${what} is one clear line and exit code 2`, async () => {
    const script = `"${PROGRAM}" run ${flags} -- true > /dev/full`;
    const end = await run([], ["sh", "-c", script], { cwd: makeFolder() });
    assert.equal(end.exitCode, 2, end.stderr);
    assert.match(end.stderr, /^tt-memwatch: cannot write to standard output: no space left on device/m);
  });
}

test("a reader that has seen enough is not a failure", async () => {
  const cwd = makeSuite({ "test_a.py": CLEAN_TEST });
  const script = `{ "${PROGRAM}" run -- sh -c '"${PYTEST}" -q > /dev/null'; echo "inner $?" >&2; } | true`;
  const end = await run([], ["sh", "-c", script], { cwd });
  assert.match(end.stderr, /^inner 0$/m);
});
