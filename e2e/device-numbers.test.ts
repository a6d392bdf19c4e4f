import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import type { TraceReport } from "../src/core/model/trace-report.ts";
import { onMockDevice } from "./mock-device.ts";
import { type End, makeSuite, NEWEST, PROGRAM, programOf, readReport, run, VERSIONS } from "./run-harness.ts";
import { Program } from "./serve-program.ts";

type Version = (typeof VERSIONS)[number];

/** What both ways of watching run: it leaks on a device that was opened before, and asks for more than there is. */
const WORK = `
import ttnn

KEPT = []

def reopened(count=3):
    for _ in range(count):
        ttnn.close_device(ttnn.open_device(device_id=0))
    return ttnn.open_device(device_id=0)

def zeros(device, shape, memory_config=None):
    config = memory_config or ttnn.DRAM_MEMORY_CONFIG
    return ttnn.zeros(shape, dtype=ttnn.bfloat16, layout=ttnn.ROW_MAJOR_LAYOUT, device=device, memory_config=config)

def leak(device):
    KEPT.append(zeros(device, (1, 1, 32, 1024)))
    KEPT.append(zeros(device, (1, 1, 65, 24), ttnn.L1_MEMORY_CONFIG))

def run_out(device):
    shape = (1, 1, 8191, 16 * 1024)
    try:
        # zeros would make a quarter of a gigabyte of them on the host first.
        ttnn.empty(shape, ttnn.bfloat16, ttnn.ROW_MAJOR_LAYOUT, device, ttnn.L1_MEMORY_CONFIG)
    except RuntimeError:
        pass
`;

const SINGLE = {
  suite: `
import pytest, ttnn, work

@pytest.fixture(scope="module")
def device():
    device = work.reopened()
    yield device
    ttnn.close_device(device)
`,
  script: `
import ttnn, work
device = work.reopened()
work.leak(device)
work.run_out(device)
ttnn.close_device(device)
`,
};

/** The second of two parts: its first chip is not the mesh's. */
const PART = {
  suite: `
import pytest, ttnn, work

@pytest.fixture(scope="module")
def device():
    mesh = ttnn.open_mesh_device(ttnn.MeshShape(1, 2))
    parts = mesh.create_submeshes(ttnn.MeshShape(1, 1))
    yield parts[1]
    for part in parts:
        ttnn.close_mesh_device(part)
    ttnn.close_mesh_device(mesh)
`,
  script: `
import ttnn, work
mesh = ttnn.open_mesh_device(ttnn.MeshShape(1, 2))
parts = mesh.create_submeshes(ttnn.MeshShape(1, 1))
work.leak(parts[1])
work.run_out(parts[1])
for part in parts:
    ttnn.close_mesh_device(part)
ttnn.close_mesh_device(mesh)
`,
};

const TESTS = "import work\n\ndef test_leaks(device):\n    work.leak(device)\n    work.run_out(device)\n";

interface Told {
  readonly memoryType: string | null;
  readonly device: number | null;
  readonly sizeBytes: number;
  readonly requestedBytes: number | undefined | null;
}

const byType = (told: readonly Told[]): readonly Told[] =>
  told.toSorted((a, b) => `${a.memoryType}`.localeCompare(`${b.memoryType}`));

interface Failed {
  readonly device: number;
  readonly openedAs: number | null;
  readonly sizeBytes: number;
  readonly requestedBytes: number;
  readonly isExact: boolean;
  readonly liveBytesPerBank: number;
}

/** Leaves out what names the process, the test and the line: those differ. */
function failedOf(moments: readonly Failed[]): Failed[] {
  return moments.map(({ device, openedAs, sizeBytes, requestedBytes, isExact, liveBytesPerBank }) => {
    return { device, openedAs, sizeBytes, requestedBytes, isExact, liveBytesPerBank };
  });
}

async function byRun(version: Version, conftest: string, device: string) {
  const folder = makeSuite({ "conftest.py": conftest, "work.py": WORK, "test_a.py": TESTS });
  const file = join(folder, "report.json");
  const command = [programOf(version, "python"), "-m", "pytest", "-q", "-p", "no:cacheprovider"];
  const end = await run(["--json", file], command, { cwd: folder, device });
  const { findings, outOfMemory } = readReport(file);
  const told = findings.map(({ memoryType, device: number, sizeBytes, buffers }): Told => {
    return { memoryType, device: number, sizeBytes, requestedBytes: buffers[0]?.allocated?.requestedBytes };
  });
  return { end, told: byType(told), failed: failedOf(outOfMemory) };
}

async function byTrace(version: Version, script: string, device: string) {
  const folder = makeSuite({ "work.py": WORK, "demo.py": script });
  const file = join(folder, "trace.json");
  const command = [programOf(version, "python"), join(folder, "demo.py")];
  const watched = [PROGRAM, "trace", "--json", file, "--", ...command];
  const end: End = await new Program(watched, onMockDevice({}, device)).end();
  const report: TraceReport = JSON.parse(readFileSync(file, "utf8"));
  const [process] = report.processes;
  const told = (process?.neverFreed ?? []).map(({ memoryType, device: number, sizeBytes, requestedBytes }): Told => {
    return { memoryType, device: number, sizeBytes, requestedBytes };
  });
  return { end, told: byType(told), failed: failedOf(process?.outOfMemory ?? []), peaks: process?.peaks ?? [] };
}

async function byBoth(version: Version) {
  return { ran: await byRun(version, SINGLE.suite, "n150"), traced: await byTrace(version, SINGLE.script, "n150") };
}

for (const version of VERSIONS) {
  let both: ReturnType<typeof byBoth>;
  before(() => {
    both = byBoth(version);
    return both;
  });

  test(`a leak has the same device and the same bytes in run and in trace, on ttnn ${version}`, async () => {
    const { ran, traced } = await both;
    assert.deepEqual(traced.told, ran.told, traced.end.stderr + ran.end.stdout);
    // 32 pages of 2,048 bytes on 12 banks; 65 pages of 48 bytes on 64 banks, rounded up to 32 bytes in each.
    assert.deepEqual(ran.told, [
      { memoryType: "DRAM", device: 0, sizeBytes: 3 * 2048 * 12, requestedBytes: 32 * 2048 },
      { memoryType: "L1", device: 0, sizeBytes: 96 * 64, requestedBytes: 65 * 48 },
    ]);
    assert.match(traced.end.stderr, /72\.0 KB DRAM \(asked for: 64\.0 KB\) on device 0 in 1 buffer/);
  });

  test(`out of memory names the chip after several openings, and both tell it alike, on ttnn ${version}`, async () => {
    const { ran, traced } = await both;
    // 8,191 pages of 32 KB on 64 banks: one bank has a page less, and no bank could hold it.
    const size = { sizeBytes: 128 * 32_768 * 64, requestedBytes: 8191 * 32_768, isExact: true };
    assert.deepEqual(ran.failed, [{ device: 0, openedAs: null, ...size, liveBytesPerBank: 96 }]);
    assert.deepEqual(traced.failed, ran.failed);
    const words = /could not allocate 256\.0 MB of L1 on device 0 at .*work\.py/;
    assert.match(ran.end.stdout, words);
    assert.match(traced.end.stderr, words);
    assert.deepEqual(traced.peaks.map(({ device, memoryType }) => [device, memoryType]).toSorted(), [
      [0, "DRAM"],
      [0, "L1"],
    ]);
  });
}

test("a part of a mesh is called by its own first chip, in run and in trace", async () => {
  const [ran, traced] = [await byRun(NEWEST, PART.suite, "n150x2"), await byTrace(NEWEST, PART.script, "n150x2")];
  assert.deepEqual(traced.told, ran.told, traced.end.stderr + ran.end.stdout);
  assert.deepEqual(
    ran.told.map(({ device }) => device),
    [1, 1],
  );
  assert.deepEqual(traced.failed, ran.failed);
  assert.deepEqual(
    ran.failed.map(({ device, openedAs }) => [device, openedAs]),
    [[1, null]],
  );
});
