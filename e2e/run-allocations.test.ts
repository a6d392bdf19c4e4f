import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { ENVIRONMENT } from "./environment.ts";
import { ask, NEWEST, PROGRAM, programOf } from "./run-harness.ts";
import { allocation } from "./serve-client.ts";
import { serve } from "./serve-program.ts";

const PYTHON = programOf(NEWEST, "python");
const folder = mkdtempSync(path.join(tmpdir(), "run-allocations-"));
after(() => rmSync(folder, { recursive: true }));

/** A test that speaks for a patched tt-metal: what it sends is what the server's clients have always sent. */
const SUITE = `
import os, socket, struct

LINK = socket.socket(socket.AF_UNIX)
LINK.connect(os.environ["ALLOCATION_SOCKET"])

def wait_for_the_server():
    """A test that is over at once may be over before the engine has asked what the one before it left."""
    with socket.socket(socket.AF_UNIX) as link:
        link.connect(os.environ["ALLOCATION_SOCKET"])
        link.sendall(b'memwatch {"request":"checkpoint"}\\n')
        while b'"end"' not in link.recv(4096): pass

def send(kind, size, memory_type, address):
    LINK.send(struct.pack("B3xiQB3xiQQ4Q", kind, 0, size, memory_type, os.getpid(), address, 0, 0, 0, 0, 0))

def test_keeps_a_model():
    send(1, 200 << 20, 0, 0x40000000)
    send(1, 4096, 1, 0x20000)
    send(2, 0, 0, 0x20000)

def test_leaves_nothing():
    wait_for_the_server()
    send(1, 8192, 1, 0x30000)
    send(2, 0, 0, 0x30000)

def test_gives_back_the_model_and_keeps_a_trace():
    wait_for_the_server()
    send(2, 0, 0, 0x40000000)
    send(1, 12288, 4, 0x50000)
    send(1, 12288, 4, 0x60000)
`;

/** A test that starts a client of the server which goes on when the run is over. */
const STAYING = `
import subprocess, sys

CLIENT = """
import os, socket, struct, time
link = socket.socket(socket.AF_UNIX)
link.connect(os.environ["ALLOCATION_SOCKET"])
link.send(struct.pack("B3xiQB3xiQQ4Q", 1, 0, 200 << 20, 0, os.getpid(), 0x20000, 0, 0, 0, 0, 0))
print("sent", flush=True)
time.sleep(600)
"""

def test_starts_a_client_that_stays():
    client = subprocess.Popen([sys.executable, "-c", CLIENT], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)
    assert client.stdout.readline() == b"sent\\n"
`;

const LEFT = [
  ["test_keeps_a_model", [{ device: 0, memoryType: "DRAM", buffers: 1, sizeBytes: 200 * 2 ** 20 }]],
  ["test_gives_back_the_model_and_keeps_a_trace", [{ device: 0, memoryType: "TRACE", buffers: 2, sizeBytes: 24_576 }]],
];

interface TestAllocations {
  readonly test: string;
  readonly groups: unknown;
}

function leftByTest({ allocations }: { readonly allocations: { readonly tests: readonly TestAllocations[] } }) {
  return allocations.tests.map(({ test, groups }) => [test.split("::")[1], groups]);
}

interface SuiteOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Which of its tests to run: pytest's -k. */
  readonly tests?: string;
  /** Of `tt-memwatch run`. */
  readonly flags?: readonly string[];
  readonly suite?: string;
}

const TRACKING = { TT_ALLOC_TRACKING_ENABLED: "1" };

function runSuite(socket: string, { env = {}, tests = "test", flags = [], suite: text = SUITE }: SuiteOptions = {}) {
  const suite = path.join(folder, "test_reports.py");
  const json = path.join(folder, "report.json");
  writeFileSync(suite, text);
  const command = [PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", tests, suite];
  const done = spawnSync(PROGRAM, ["run", "--socket", socket, "--json", json, ...flags, "--", ...command], {
    encoding: "utf8",
    env: { ...ENVIRONMENT, ALLOCATION_SOCKET: socket, ...env },
  });
  return { ...done, report: JSON.parse(readFileSync(json, "utf8")) };
}

test("a run of a patched tt-metal brings its own server, and its report has what that heard", () => {
  const recording = path.join(folder, "run.mcap");
  const { stdout, stderr, report } = runSuite(path.join(folder, "own.sock"), {
    env: TRACKING,
    flags: ["--record", recording],
  });
  assert.match(stdout, /3 passed/, stderr);
  assert.equal(ask("replay", "--json", "-", recording).stdout, readFileSync(path.join(folder, "report.json"), "utf8"));
  const { isOwn, live, groups, atExit } = report.allocations;
  // pytest has ended by then, and with it what its process had not freed.
  assert.deepEqual({ isOwn, live, groups }, { isOwn: true, live: 0, groups: [] });
  assert.equal(atExit.length, 1);
  assert.deepEqual([atExit[0].buffers, atExit[0].sizeBytes], [2, 24_576]);
  assert.deepEqual(leftByTest(report), LEFT);
  assert.match(stdout, /Allocation server on .*own\.sock \(this run's own\): 0 live buffers/);
  assert.match(stdout, /at-exit {2}device 0 {2}24\.0 KB of TRACE in 2 buffers was not freed when PID \d+ ended/);
  assert.match(stdout, /findings +none fails; 1 at-exit\n/);
  // The tests and the buffers come on two sockets: where both were heard at once, the tests behind it are named too.
  assert.match(
    stdout,
    /after .*::test_keeps_a_model( or one of 1 test right behind it)? {2}device 0 {2}DRAM {2}1 buffer {2}200\.0 MB/,
  );
});

test("what a process left on the run's own server fails the run where the rules say so, and in every format", () => {
  const [rules, junit] = [path.join(folder, "rules.toml"), path.join(folder, "report.xml")];
  writeFileSync(rules, '[verdicts]\nfail-on = ["at-exit"]\n');
  const flags = ["--rules", rules, "--junit", junit];
  const { stdout, status, report } = runSuite(path.join(folder, "rules.sock"), { env: TRACKING, flags });
  assert.equal(status, 1, stdout);
  const [found] = report.allocations.findings;
  assert.deepEqual([found.verdict, found.memoryType, found.sizeBytes, found.fails], ["at-exit", "TRACE", 24_576, true]);
  assert.match(stdout, /at-exit \(failing\) {2}device 0/);
  assert.match(stdout, /tt-memwatch: 1 finding fails\. Look at what the allocation server heard/);
  assert.match(readFileSync(junit, "utf8"), /<failure type="at-exit"/);
});

test("on a server that others use too, what the run's own processes left fails it", async () => {
  const serving = await serve(["--quiet"]);
  const { status, stdout } = runSuite(serving.path, { tests: "keeps_a_model", flags: ["--fail-on", "at-exit"] });
  assert.equal(status, 1, stdout);
  await serving.stop();
});

test("on a server that others use too, what another process holds is reported and fails no run", async () => {
  const serving = await serve(["--quiet"]);
  const { status, stdout, report } = runSuite(serving.path, { suite: STAYING });
  const [found] = report.allocations.findings;
  process.kill(found.pids[0]);
  assert.deepEqual([found.verdict, found.sizeBytes, found.fails], ["leak", 200 * 2 ** 20, false]);
  assert.equal(status, 3, stdout);
  await serving.stop();
});

test("a server that was there before tells what each test left as well", async () => {
  const serving = await serve(["--quiet"]);
  const client = await serving.connect();
  await client.send(allocation(0x1000));
  const { stdout, stderr, report } = runSuite(serving.path, { tests: "test_keeps_a_model" });
  assert.match(stdout, /1 passed/, stderr);
  assert.equal(report.allocations.isOwn, false);
  assert.deepEqual(leftByTest(report), LEFT.slice(0, 1));
  await serving.stop();
});

test("a run without a patched tt-metal and without a server has no such part", () => {
  const suite = path.join(folder, "test_nothing.py");
  writeFileSync(suite, "def test_nothing():\n    pass\n");
  const args = ["run", "--socket", path.join(folder, "none.sock"), "--", PYTHON, "-m", "pytest", "-q", suite];
  const { stdout } = spawnSync(PROGRAM, args, { encoding: "utf8" });
  assert.doesNotMatch(stdout, /Allocation server/);
});
