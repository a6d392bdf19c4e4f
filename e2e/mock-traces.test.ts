import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { onMockDevice } from "./mock-device.ts";
import { type End, makeFolder, makeSuite, programOf, readReport, run, VERSIONS } from "./run-harness.ts";
import { Program } from "./serve-program.ts";

/** What an empty trace takes, in bytes per bank; a mock device's traces are empty. */
const TRACE_BYTES_PER_BANK = 1024;
const BANKS = 12;
/** One `tensor()`: a tile of bfloat16 in one bank, and the allocator counts it in each. */
const TENSOR_BYTES_PER_BANK = 2048;

const HEAD = `
import json, pytest, ttnn

def held(device):
    views = [ttnn.get_memory_view(device, kind) for kind in (ttnn.BufferType.DRAM, ttnn.BufferType.TRACE)]
    return [view.total_bytes_allocated_per_bank for view in views]

def tensor(device):
    return ttnn.zeros((1, 1, 32, 32), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)

Id = ttnn._ttnn.operations.trace.MeshTraceId
`;

const OPEN = "device = ttnn.open_device(device_id=0, trace_region_size=1 << 20, num_command_queues=2)\n";

for (const version of VERSIONS) {
  describe(`ttnn ${version}`, () => {
    const python = programOf(version, "python");

    test("a capture allocates what runs in it and, at its end, the trace; replays nothing; a release frees it", async () => {
      const looks = await printedBy(
        python,
        `${OPEN}
x = tensor(device)
looks = [held(device)]
trace = ttnn.begin_trace_capture(device, cq_id=0)
y = ttnn.add(x, x)
looks.append(held(device))
ttnn.multiply(y, 2.0)
looks.append(held(device))
ttnn.end_trace_capture(device, trace, cq_id=0)
looks.append(held(device))
for blocking in (True, False):
    ttnn.execute_trace(device, trace, cq_id=0, blocking=blocking)
ttnn.synchronize_device(device)
looks.append(held(device))
ttnn.release_trace(device, trace)
looks.append(held(device))
ttnn.close_device(device)
print(json.dumps(looks))`,
      );
      const [one, two, trace] = [TENSOR_BYTES_PER_BANK, 2 * TENSOR_BYTES_PER_BANK, TRACE_BYTES_PER_BANK];
      assert.deepEqual(looks, [
        [one, 0],
        [two, 0],
        [two, 0],
        [two, trace],
        [two, trace],
        [two, 0],
      ]);
    });

    test("traces have numbers as ttnn counts them, also those that began before another ended", async () => {
      const numbers = await printedBy(
        python,
        `${OPEN}
first = ttnn.begin_trace_capture(device, cq_id=0)
second = ttnn.begin_trace_capture(device, cq_id=1)
ttnn.end_trace_capture(device, second, cq_id=1)
ttnn.end_trace_capture(device, first, cq_id=0)
with ttnn.command_queue(1):
    third = ttnn.begin_trace_capture(device)
    ttnn.end_trace_capture(device, third)
looks = [held(device)[1]]
for trace in (first, second, third):
    ttnn.execute_trace(device, trace, cq_id=0, blocking=False)
    ttnn.release_trace(device, trace)
    looks.append(held(device)[1])
    with pytest.raises(RuntimeError, match="must exist"):
        ttnn.execute_trace(device, trace, cq_id=0)
ttnn.close_device(device)
print(json.dumps([int(first), int(second), int(third), *looks]))`,
      );
      const traces = [3, 2, 1, 0].map((count) => count * TRACE_BYTES_PER_BANK);
      assert.deepEqual(numbers, [0, 1, 2, ...traces]);
    });

    test("what ttnn refuses is refused as it does, and the device goes on", async () => {
      const left = await printedBy(
        python,
        `${OPEN}
trace = ttnn.begin_trace_capture(device, cq_id=0)
with pytest.raises(RuntimeError, match="CQ 0 is already being used for tracing"):
    ttnn.begin_trace_capture(device, cq_id=0)
with pytest.raises(RuntimeError, match="CQ 1 is not being used for tracing"):
    ttnn.end_trace_capture(device, trace, cq_id=1)
with pytest.raises(RuntimeError, match="CQ 0 is not being used for tracing"):
    ttnn.end_trace_capture(device, Id(77), cq_id=0)
with pytest.raises(RuntimeError, match="Trace instance 0 must exist"):
    ttnn.execute_trace(device, trace, cq_id=0)
ttnn.end_trace_capture(device, trace, cq_id=0)
with pytest.raises(RuntimeError, match="CQ 0 is not being used for tracing"):
    ttnn.end_trace_capture(device, trace, cq_id=0)
with pytest.raises(RuntimeError, match="Trace instance 77 must exist"):
    ttnn.execute_trace(device, Id(77), cq_id=0)
ttnn.release_trace(device, Id(77))
for call, arguments in [
    (ttnn.begin_trace_capture, []), (ttnn.begin_trace_capture, [1]), (ttnn.end_trace_capture, [device]),
    (ttnn.end_trace_capture, [device, None]), (ttnn.execute_trace, [device, 0]), (ttnn.release_trace, [None, trace]),
]:
    with pytest.raises(TypeError):
        call(*arguments)
x = tensor(device)
ttnn.add(x, x)
print(json.dumps(held(device)))
ttnn.close_device(device)`,
      );
      assert.deepEqual(left, [TENSOR_BYTES_PER_BANK, TRACE_BYTES_PER_BANK]);
    });

    test("without a region for traces they take DRAM where ttnn does so, and are refused where it refuses", async () => {
      const [dram, refused] = await printedBy<[number, boolean]>(
        python,
        `device = ttnn.open_device(device_id=0)
x = tensor(device)
trace = ttnn.begin_trace_capture(device, cq_id=0)
y = ttnn.add(x, x)
refused = False
try:
    ttnn.end_trace_capture(device, trace, cq_id=0)
except RuntimeError as error:
    assert "only 0B is allocated for trace region" in str(error)
    refused = True
z = ttnn.add(x, x)
print(json.dumps([held(device)[0], refused]))
del x, y, z
ttnn.close_device(device)`,
      );
      assert.equal(dram, 3 * TENSOR_BYTES_PER_BANK + (refused ? 0 : TRACE_BYTES_PER_BANK));
      assert.equal(refused, version === "0.66.0");
    });

    test("a mesh and its part have traces of their own, also within a graph capture", async () => {
      const looks = await printedBy(
        python,
        `mesh = ttnn.open_mesh_device(ttnn.MeshShape(1, 2), trace_region_size=1 << 20)
part = mesh.create_submeshes(ttnn.MeshShape(1, 1))[0]
ttnn.graph.begin_graph_capture(ttnn.graph.RunMode.NORMAL)
traces = [ttnn.begin_trace_capture(each, cq_id=0) for each in (mesh, part)]
for each, trace in zip((mesh, part), traces):
    ttnn.end_trace_capture(each, trace, cq_id=0)
ttnn.execute_trace(mesh, traces[0], cq_id=0)
ttnn.graph.end_graph_capture()
with pytest.raises(RuntimeError, match="must exist"):
    ttnn.execute_trace(part, traces[0], cq_id=0)
ttnn.release_trace(part, traces[1])
print(json.dumps([held(mesh)[1], held(part)[1]]))
ttnn.close_mesh_device(part)
ttnn.close_mesh_device(mesh)`,
        "n150x2",
      );
      assert.deepEqual(looks, [TRACE_BYTES_PER_BANK, 0]);
    });

    test("loading a sub-device manager is refused in one sentence, making and removing one is not", async () => {
      const said = await printedBy<string>(
        python,
        `device = ttnn.open_device(device_id=0)
corner = ttnn.CoreCoord(3, 3)
part = ttnn.SubDevice([ttnn.CoreRangeSet({ttnn.CoreRange(ttnn.CoreCoord(0, 0), corner)})])
manager = device.create_sub_device_manager([part], 3200)
with pytest.raises(RuntimeError) as error:
    device.load_sub_device_manager(manager)
device.clear_loaded_sub_device_manager()
device.remove_sub_device_manager(manager)
ttnn.close_device(device)
print(json.dumps(str(error.value)))`,
      );
      assert.match(
        said,
        /^load_sub_device_manager needs a real device: a mock device has no .* Run this on hardware, or /,
      );
    });

    test("a look for ttnn before its import, and in slow dispatch ttnn's own refusal, change nothing", async () => {
      const program = `import importlib.util
assert importlib.util.find_spec("ttnn") and importlib.util.find_spec("ttnn")
${HEAD}
device = ttnn.open_device(device_id=0, trace_region_size=1 << 20)
try:
    trace = ttnn.begin_trace_capture(device, cq_id=0)
    ttnn.end_trace_capture(device, trace, cq_id=0)
    ttnn.execute_trace(device, trace, cq_id=0)
    print("replayed")
except RuntimeError as error:
    print("refused" if "upported for slow dispatch" in str(error) else error)
ttnn.close_device(device)`;
      assert.equal((await mock([python, "-c", program])).stdout.trim(), "replayed");
      const slow = await mock([python, "-c", program], { TT_METAL_SLOW_DISPATCH_MODE: "1" });
      assert.match(slow.stdout, /^refused$/m);
    });

    test("a watched suite: the trace that was kept is found with its line and bytes, the released one is not", async () => {
      const suite = `
import pytest, ttnn

@pytest.fixture(scope="module")
def device():
    device = ttnn.open_device(device_id=0, trace_region_size=1 << 20)
    yield device
    ttnn.close_device(device)

@pytest.fixture(scope="module")
def x(device):
    return ttnn.zeros((1, 1, 32, 32), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)

def replayed(device, x):
    ttnn.add(x, x)
    trace = ttnn.begin_trace_capture(device, cq_id=0)
    ttnn.add(x, x)
    ttnn.end_trace_capture(device, trace, cq_id=0)  # line 18
    ttnn.execute_trace(device, trace, cq_id=0, blocking=False)
    return trace

def test_released(device, x):
    ttnn.release_trace(device, replayed(device, x))

def test_kept(device, x):
    replayed(device, x)
`;
      const cwd = makeSuite({ "test_traces.py": suite });
      const json = join(makeFolder(), "report.json");
      const { exitCode, stderr } = await run(["--json", json], [programOf(version, "pytest"), "-q"], { cwd });
      const findings = readReport(json).findings.filter(({ memoryType }) => memoryType === "TRACE");
      assert.deepEqual(
        findings.map(({ verdict, test: name, sizeBytes, origin, holders }) => {
          return [verdict, name, sizeBytes, origin?.operation, origin?.line, holders];
        }),
        [
          [
            "suspect",
            "test_traces.py::test_kept",
            BANKS * TRACE_BYTES_PER_BANK,
            "ttnn.end_trace_capture",
            18,
            ["trace 1, captured and not released"],
          ],
        ],
        stderr,
      );
      assert.equal(exitCode, 1);
    });
  });
}

/** What a program prints on its last line, as JSON. */
async function printedBy<T = unknown>(python: string, program: string, device = "n150"): Promise<T> {
  const { stdout, stderr, exitCode } = await mock([python, "-c", HEAD + program], {}, device);
  assert.equal(exitCode, 0, stderr);
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
}

function mock(command: readonly string[], env: NodeJS.ProcessEnv = {}, device = "n150"): Promise<End> {
  return new Program(command, onMockDevice({ LOGURU_LEVEL: "ERROR", ...env }, device)).end();
}
