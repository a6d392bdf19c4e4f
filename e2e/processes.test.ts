import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { JsonReport } from "../src/out/report/json-schema.ts";
import { makeSuite, programOf, readReport, runRecorded, TENSOR_BYTES, VERSIONS } from "./run-harness.ts";

/** Runs each test in a child of its own, as pytest-forked does; every outcome is the child's exit code. */
const FORKING = `
import os, pytest, ttnn
from _pytest.runner import runtestprotocol

@pytest.fixture
def device():
    device = ttnn.open_device(device_id=0)
    yield device
    ttnn.close_device(device)

@pytest.fixture
def tensor(device):
    return lambda rows=32: ttnn.zeros((1, 1, rows, 32), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)

@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    child = os.fork()
    if child == 0:
        reports = runtestprotocol(item, log=False)
        os._exit(any(report.failed for report in reports))
    status = os.waitpid(child, 0)[1]
    for when in ("setup", "call", "teardown"):
        call = pytest.CallInfo.from_call(lambda: None, when=when)
        report = pytest.TestReport.from_item_and_call(item, call)
        if when == "call" and status != 0:
            report.outcome, report.longrepr = "failed", f"the child ended with {status}"
        item.ihook.pytest_runtest_logreport(report=report)
    return True
`;

const LEAVING = `
import os, signal
import pytest
KEPT = []

@pytest.mark.parametrize("n", [1, 2])
def test_leaves(tensor, n):
    KEPT.append(tensor())

def test_clean(tensor):
    tensor()

def test_without():
    pass

def test_dies(tensor):
    os.kill(os.getpid(), signal.SIGKILL)
`;

const SWEEP = `
import sys
import pytest
sys.exit(max(int(pytest.main(["-q", "-p", "no:cacheprovider", name])) for name in ("test_a.py", "test_b.py", "test_a.py")))
`;

const keeping = (rows: number): string => `KEPT = []\ndef test_keeps(tensor):\n    KEPT.append(tensor(${rows}))\n`;

/** An engine in a process of its own that keeps what it is asked to, as engines for inference do with a cache. */
const ENGINE = `
import multiprocessing
import pytest

def serve(pipe):
    import ttnn
    device = ttnn.open_device(device_id=0)
    make = lambda: ttnn.zeros((1, 1, 64, 64), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
    kept = [make()]
    pipe.send("ready")
    while (asked := pipe.recv()) != "end":
        if asked == "keep":
            kept.append(make())
        elif asked == "free":
            kept.pop()
        else:
            make()
        pipe.send("done")
    kept.clear()
    ttnn.close_device(device)

@pytest.fixture(scope="module")
def ask():
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs,))
    process.start()
    assert ours.recv() == "ready"
    yield lambda what: (ours.send(what), ours.recv())
    ours.send("end")
    process.join()
`;

const ASKING = `
import pytest
@pytest.mark.parametrize("n", [1, 2])
def test_keeps(ask, n):
    ask("keep")
def test_keeps_for_a_while(ask):
    ask("keep")
    ask("keep")
def test_frees(ask):
    ask("free")
    ask("free")
def test_clean(ask):
    ask("use")
def test_without():
    pass
`;

async function watch(version: (typeof VERSIONS)[number], files: Record<string, string>, command: readonly string[]) {
  const folder = makeSuite(files);
  const file = join(folder, "report.json");
  const end = await runRecorded(file, [], [programOf(version, "python"), ...command], { cwd: folder });
  return { end, report: readReport(file) };
}

function found({ findings }: JsonReport) {
  return findings.map(({ test: name, attempt, verdict, sizeBytes, origin }) => [
    name,
    attempt,
    verdict,
    sizeBytes,
    origin?.line,
  ]);
}

const PYTEST = ["-m", "pytest", "-q", "-p", "no:cacheprovider"];

for (const version of VERSIONS) {
  test(`tests in forked children are measured one by one, one that dies is lost by its name, on ttnn ${version}`, async () => {
    const { end, report } = await watch(version, { "conftest.py": FORKING, "test_a.py": LEAVING }, PYTEST);
    assert.equal(end.exitCode, 1, end.stderr);
    assert.deepEqual(found(report), [
      ["test_a.py::test_leaves[1]", 1, "leak", TENSOR_BYTES, 13],
      ["test_a.py::test_leaves[2]", 1, "leak", TENSOR_BYTES, 13],
    ]);
    assert.deepEqual(report.run.tests, { checked: 3, notChecked: 1, noDevice: 1 });
    assert.deepEqual([report.remaining, report.run.otherTraced], [[], []]);
    assert.deepEqual(
      report.run.lost.map(({ test: name }) => name),
      ["test_a.py::test_dies"],
    );
    const [parent, ...children] = report.run.processes;
    assert.ok(children.every(({ role, parent: forkedFrom }) => role === "fork" && forkedFrom === parent?.pid));
  });

  test(`pytest.main again and again in one process is one process with sessions, on ttnn ${version}`, async () => {
    const files = { "sweep.py": SWEEP, "test_a.py": keeping(32), "test_b.py": keeping(256) };
    const { end, report } = await watch(version, files, ["sweep.py"]);
    assert.equal(end.exitCode, 1, end.stderr);
    assert.deepEqual(found(report), [
      ["test_a.py::test_keeps", 1, "leak", TENSOR_BYTES, 13],
      ["test_a.py::test_keeps", 2, "leak", TENSOR_BYTES, 13],
      ["test_b.py::test_keeps", 1, "suspect", TENSOR_BYTES, 13],
    ]);
    assert.deepEqual(
      report.tests.map(({ session }) => session),
      [1, 2, 3],
    );
    assert.deepEqual(
      report.run.processes.map(({ sessions, end: how }) => [sessions, how]),
      [[3, "finished"]],
    );
    assert.equal(report.run.tracing.length, 1);
    assert.match(
      end.stdout,
      /left by each of 2 attempts of test_a\.py::test_keeps, in 2\s+pytest\s+sessions\s+of\s+one\s+process/,
    );
  });

  test(`an engine in another process tells what it holds by the test that asked it, on ttnn ${version}`, async () => {
    const files = { "conftest.py": ENGINE, "test_a.py": ASKING };
    const { end, report } = await watch(version, files, PYTEST);
    assert.equal(end.exitCode, 1, end.stderr);
    assert.deepEqual(
      report.findings.map(({ test: name, verdict, sizeBytes, fixture }) => [name, verdict, sizeBytes, fixture?.name]),
      [
        ["test_a.py::test_keeps[1]", "leak", TENSOR_BYTES, undefined],
        ["test_a.py::test_keeps[2]", "leak", TENSOR_BYTES, undefined],
        ["test_a.py::test_keeps_for_a_while", "late-free", 2 * TENSOR_BYTES, undefined],
        ["test_a.py::test_keeps[1]", "retained", TENSOR_BYTES, "ask"],
      ],
    );
    const [other] = report.run.otherTraced;
    assert.deepEqual([report.run.otherTraced.length, other?.isChecked], [1, true]);
    assert.deepEqual(report.run.tests, { checked: 6, notChecked: 0, noDevice: 0 });
    assert.match(end.stdout, /held by {2}process \d+/);
  });
}

test("a test that left memory on a device nobody could measure is not checked, and the run is not clean", async () => {
  const files = {
    "test_a.py": `
import inspect
import ttnn
KEPT = []

def test_measured(tensor):
    tensor()

def test_hidden():
    device = inspect.unwrap(ttnn._ttnn.device.CreateDevice)(0)
    KEPT.append(device)
    KEPT.append(ttnn.zeros((1, 1, 32, 32), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device))
`,
  };
  const { end, report } = await watch("0.81.1", files, PYTEST);
  assert.equal(end.exitCode, 0, end.stderr);
  assert.deepEqual(report.run.tests, { checked: 1, notChecked: 1, noDevice: 0 });
  const reason = report.findings.find(({ verdict }) => verdict === "not-checked")?.evidence;
  assert.match(reason ?? "", /^It left 24\.0 KB on a device that was not measured/);
  assert.match(end.stdout, /no finding fails in 1 test, but 1 test was not checked/);
});
