import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { makeFolder, makeSuite, programOf, readReport, run, TENSOR_BYTES, VERSIONS } from "./run-harness.ts";

const TESTS = `
import pytest, ttnn

def capture(device):
    number = ttnn.begin_trace_capture(device, cq_id=0)
    ttnn.end_trace_capture(device, number, cq_id=0)
    return number

def replay(device, number):
    ttnn.execute_trace(device, number, cq_id=0, blocking=True)

def test_allocated_before(device, tensor):
    kept = tensor()
    number = capture(device)
    replay(device, number)
    ttnn.release_trace(device, number)

def test_freed_before_the_replay(device, tensor):
    number = capture(device)
    kept = tensor()
    del kept
    replay(device, number)
    ttnn.release_trace(device, number)

def test_live_at_the_replay(device, tensor):
    number = capture(device)
    kept = tensor()  # replayed
    replay(device, number)
    del kept
    ttnn.release_trace(device, number)

def test_never_replayed(device, tensor):
    number = capture(device)
    kept = [tensor(), tensor()]  # exposed
    ttnn.release_trace(device, number)

def test_allocated_after_the_release(device, tensor):
    number = capture(device)
    replay(device, number)
    ttnn.release_trace(mesh_device=device, trace_id=number)
    kept = tensor()

def test_allocated_by_a_second_capture(device, tensor):
    first = capture(device)
    second = ttnn.begin_trace_capture(device, cq_id=0)
    kept = ttnn.allocate_tensor_on_device(
        ttnn.Shape((1, 1, 32, 32)), ttnn.bfloat16, ttnn.TILE_LAYOUT, device, ttnn.DRAM_MEMORY_CONFIG
    )
    ttnn.end_trace_capture(device, second, cq_id=0)
    replay(device, first)
    ttnn.release_trace(device, second)
    ttnn.release_trace(device, first)

def test_only_what_was_captured_later_is_replayed(device, tensor):
    first = capture(device)
    kept = tensor()
    second = capture(device)
    replay(device, second)
    del kept
    ttnn.release_trace(device, first)
    ttnn.release_trace(device, second)

def test_some_are_freed(device, tensor):
    number = capture(device)
    kept = [tensor() for _ in range(3)]  # some
    del kept[1:]
    replay(device, number)
    ttnn.release_trace(device, number)

def test_without_a_region_of_its_own(tensor):
    device = ttnn.open_device(device_id=0)
    try:
        number = capture(device)
    except RuntimeError:
        ttnn.close_device(device)
        pytest.skip("this ttnn wants a region for what it captures")
    kept = ttnn.zeros((1, 1, 32, 32), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)  # dram
    replay(device, number)
    del kept
    ttnn.release_trace(device, number)
    ttnn.close_device(device)
`;

const SUITE = makeSuite({
  "conftest.py": `
import pytest, ttnn

@pytest.fixture
def device(request):
    device = ttnn.open_device(device_id=0, trace_region_size=2**20)
    yield device
    ttnn.close_device(device)

@pytest.fixture
def tensor(request):
    def make():
        device = request.getfixturevalue("device")
        return ttnn.zeros((1, 1, 32, 32), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
    return make
`,
  "test_replays.py": TESTS,
});

/** What each test is to be named for: buffers, those of them that were live at a replay, and the line. */
const TRUTH = [
  { test: "test_live_at_the_replay", buffers: 1, replayed: 1, line: lineOf("# replayed") },
  { test: "test_some_are_freed", buffers: 1, replayed: 1, line: lineOf("# some") },
  { test: "test_never_replayed", buffers: 2, replayed: 0, line: lineOf("# exposed") },
];
/** 0.66.0 refuses to capture without a region. */
const TRUTH_OF_NEWER = [
  { test: "test_without_a_region_of_its_own", buffers: 1, replayed: 1, line: lineOf("# dram") },
  ...TRUTH,
];

function lineOf(mark: string): number {
  return TESTS.split("\n").findIndex((line) => line.endsWith(mark)) + 1;
}

for (const version of VERSIONS) {
  test(`buffers that a replay may overwrite are named, and no others, on ttnn ${version}`, async () => {
    const json = join(makeFolder(), "report.json");
    const pytest = [programOf(version, "pytest"), "-q", "-p", "no:cacheprovider", SUITE];
    const end = await run(["--json", json], pytest, { cwd: SUITE });
    assert.equal(end.exitCode, 0, end.stdout + end.stderr);
    const { exposedToReplay, run: summary } = readReport(json);
    const found = exposedToReplay.map(({ test: name, buffers, replayed, sizeBytes, memoryType, origin }) => {
      assert.deepEqual([memoryType, sizeBytes], ["DRAM", buffers * TENSOR_BYTES]);
      assert.equal(origin?.operation, "ttnn.zeros");
      const line = origin?.testLine?.line ?? origin?.line ?? 0;
      return { test: name?.split("::")[1], buffers, replayed, line };
    });
    const truth = version === "0.66.0" ? TRUTH : TRUTH_OF_NEWER;
    assert.deepEqual(found.toSorted(byTest), truth.toSorted(byTest));
    assert.equal(summary.warnings.filter((warning) => warning.startsWith("a replay may overwrite")).length, 1);
    assert.match(end.stdout, /of DRAM in 4 buffers by ttnn\.zeros\s+at\s+conftest\.py:\d+/);
  });
}

function byTest(a: { test: string | undefined }, b: { test: string | undefined }): number {
  return (a.test ?? "").localeCompare(b.test ?? "");
}
