import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { JsonReport } from "../src/out/report/json-schema.ts";
import { makeSuite, programOf, readReport, run, TENSOR_BYTES, VERSIONS } from "./run-harness.ts";

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

@pytest.mark.skipif("KILL" not in os.environ, reason="kills its process")
def test_dies(tensor):
    os.kill(os.getpid(), signal.SIGKILL)
`;

const SWEEP = `
import sys
import pytest
sys.exit(max(int(pytest.main(["-q", "-p", "no:cacheprovider", name])) for name in ("test_a.py", "test_b.py", "test_a.py")))
`;

const keeping = (rows: number): string => `KEPT = []\ndef test_keeps(tensor):\n    KEPT.append(tensor(${rows}))\n`;

async function watch(
  version: (typeof VERSIONS)[number],
  files: Record<string, string>,
  command: readonly string[],
  env: Readonly<NodeJS.ProcessEnv> = {},
) {
  const folder = makeSuite(files);
  const file = join(folder, "report.json");
  const end = await run(["--json", file], [programOf(version, "python"), ...command], { cwd: folder, env });
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
  test(`tests in forked children are measured one by one, on ttnn ${version}`, async () => {
    const { end, report } = await watch(version, { "conftest.py": FORKING, "test_a.py": LEAVING }, PYTEST);
    assert.equal(end.exitCode, 1, end.stderr);
    assert.deepEqual(found(report), [
      ["test_a.py::test_leaves[1]", 1, "leak", TENSOR_BYTES, 13],
      ["test_a.py::test_leaves[2]", 1, "leak", TENSOR_BYTES, 13],
    ]);
    assert.deepEqual(report.run.tests, { checked: 3, notChecked: 0, noDevice: 1 });
    assert.deepEqual([report.run.lost, report.remaining, report.run.otherTraced], [[], [], []]);
    const [parent, ...children] = report.run.processes;
    assert.ok(children.every(({ role, parent: forkedFrom }) => role === "fork" && forkedFrom === parent?.pid));
  });

  test(`a child that dies in its test is lost with the test named, on ttnn ${version}`, async () => {
    const files = { "conftest.py": FORKING, "test_a.py": LEAVING };
    const { end, report } = await watch(version, files, PYTEST, { KILL: "1" });
    assert.equal(end.exitCode, 1, end.stderr);
    assert.deepEqual(
      report.run.lost.map(({ test: name }) => name),
      ["test_a.py::test_dies"],
    );
    assert.equal(report.run.tests.checked, 3);
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
      /left by each of 2 attempts of test_a\.py::test_keeps, in 2 pytest\s+sessions of\s+one process/,
    );
  });
}
