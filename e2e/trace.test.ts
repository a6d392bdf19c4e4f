import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TraceReport } from "../src/core/model/trace-report.ts";
import type { JsonReport } from "../src/out/report/json-schema.ts";
import { onMockDevice } from "./mock-device.ts";
import {
  ask,
  makeFolder,
  makeSuite,
  NEWEST,
  programOf,
  readReport,
  run,
  TENSOR_BYTES,
  VERSIONS,
} from "./run-harness.ts";
import { PROGRAM, Program, serve } from "./serve-program.ts";

const SCRIPT = `import multiprocessing, os, sys
import ttnn

def make(device, size=64):
    return ttnn.zeros((1, 1, size, size), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)

KEPT = []

def child():
    device = ttnn.open_device(device_id=0)
    KEPT.append(make(device))
    ttnn.close_device(device)

if __name__ == "__main__":
    device = ttnn.open_device(device_id=0)
    first = make(device)
    KEPT.append(make(device, 128))
    KEPT.append(ttnn.add(first, first))
    ttnn.deallocate(first)
    ttnn.close_device(device)
    process = multiprocessing.get_context("spawn").Process(target=child)
    process.start()
    process.join()
    sys.exit(7)
`;

async function trace(version: (typeof VERSIONS)[number], flags: readonly string[], script = SCRIPT) {
  const folder = makeFolder();
  const [file, path] = [join(folder, "trace.json"), join(folder, "demo.py")];
  writeFileSync(path, script);
  const python = programOf(version, "python");
  const program = new Program([PROGRAM, "trace", ...flags, "--json", file, "--", python, path], onMockDevice({}));
  const end = await program.end();
  const json = readFileSync(file, "utf8");
  const report: TraceReport = JSON.parse(json);
  return { end, report, json };
}

for (const version of VERSIONS) {
  test(`a program without pytest is told what it never freed, and from which lines, on ttnn ${version}`, async () => {
    const recording = join(makeFolder(), "demo.mcap");
    const { end, report, json } = await trace(version, ["--record", recording]);
    assert.equal(end.exitCode, 7, end.stderr);
    const replayed = ask("replay", "--json", "-", recording);
    assert.deepEqual([replayed.exitCode, replayed.stdout], [7, json], replayed.stderr);
    assert.ok(end.stderr.endsWith(replayed.stderr), replayed.stderr);
    const kept = report.processes.map(({ neverFreed }) =>
      neverFreed.map(({ memoryType, buffers, sizeBytes, origin }) => [memoryType, buffers, sizeBytes, origin?.line]),
    );
    // Tiles of 2,048 bytes, 16 and 4 of them, on 12 banks: as many of each bank as the fullest needs.
    const parent = [
      ["DRAM", 1, 2 * 2048 * 12, 5],
      ["DRAM", 1, 2048 * 12, 18],
    ];
    assert.deepEqual(
      kept.toSorted((a, b) => b.length - a.length),
      [parent, [["DRAM", 1, 2048 * 12, 5]]],
    );
    assert.match(
      end.stderr,
      /never freed: 2 buffers\n {2}48\.0 KB DRAM \(asked for: 32\.0 KB\) on device 0 in 1 buffer, ttnn\.zeros {3}.*:5 in make/,
    );
  });
}

test("without frames, what was never freed is known and its line is not", async () => {
  const { report } = await trace(NEWEST, ["--stacks", "0"]);
  const [first] = report.processes.flatMap(({ neverFreed }) => neverFreed);
  assert.equal(first?.origin, null);
});

test("a version of ttnn that was not tested is named, and tried only by force", async () => {
  const untested = `import importlib.metadata as m
real = m.version
m.version = lambda name: "0.99.0" if name == "ttnn" else real(name)
import ttnn
`;
  const { end, report } = await trace(NEWEST, [], untested);
  assert.equal(end.exitCode, 0, end.stderr);
  assert.match(
    report.warnings.join(),
    /live events not available: ttnn 0\.99\.0 is not among the tested versions \(.*\); --tracer=force tries it/,
  );
  const forced = await trace(NEWEST, ["--tracer=force"], untested);
  assert.deepEqual([forced.report.warnings, forced.report.processes.length], [[], 1]);
});

test("a program that imports no ttnn is told that nothing was traced, and why that may be", async () => {
  const { end, report } = await trace(NEWEST, [], "print(1)");
  assert.equal(end.exitCode, 0);
  assert.match(report.warnings.join(), /nothing was traced: no process of the command imported ttnn/);
});

test("what was live when memory ran out is listed by the lines that had allocated it", async () => {
  const { end, report } = await trace(
    NEWEST,
    [],
    `import ttnn

def zeros(rows):
    return ttnn.zeros((1, 1, rows, 1024), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device, memory_config=ttnn.L1_MEMORY_CONFIG)

device = ttnn.open_device(device_id=0)
kept = [zeros(8192), zeros(8192)]
try:
    zeros(8192 * 5)
except RuntimeError:
    pass
`,
  );
  const [moment] = report.processes.flatMap(({ outOfMemory }) => outOfMemory);
  assert.deepEqual(
    moment?.live.map(({ origin, buffers }) => [origin?.line, buffers]),
    [[4, 2]],
  );
  assert.equal(moment?.live[0]?.bytesPerBank, moment?.liveBytesPerBank);
  assert.match(
    end.stderr,
    /the program could not allocate .* at .*demo\.py:4\n {4}Live in each bank: .*\n {6}.* in 2 buffers, .* before: .*demo\.py:4/,
  );
});

test("a report that cannot be written is wrong use, told before the program starts", async () => {
  const program = new Program([PROGRAM, "trace", "--json", "/proc/no/x.json", "--", "echo", "started"]);
  const end = await program.end();
  assert.deepEqual([end.exitCode, end.stdout], [2, ""]);
  assert.match(
    end.stderr,
    /^tt-memwatch: trace: --json \/proc\/no\/x\.json: there is no folder \/proc\/no; make it first\n$/,
  );
});

test("a program that cannot be started is explained in one line, and nothing else is said", async () => {
  const end = await new Program([PROGRAM, "trace", "--", "./no-such-program"]).end();
  assert.deepEqual([end.exitCode, end.stderr], [127, "tt-memwatch: ./no-such-program: command not found\n"]);
});

const SUITE = {
  "test_a.py": `
KEPT = []

def make(tensor):
    return tensor()

def test_keeps(tensor):
    KEPT.append(make(tensor))
    KEPT.append(tensor())

def test_frees_late():
    KEPT.pop()
`,
};

function buffersOf({ findings }: JsonReport) {
  return findings.map(({ test: name, verdict, evidence, origin, buffers }) => ({
    name,
    verdict,
    evidence,
    origin,
    buffers,
  }));
}

async function watch(
  flags: readonly string[],
  files: Record<string, string> = SUITE,
  version: (typeof VERSIONS)[number] = NEWEST,
  env: Readonly<NodeJS.ProcessEnv> = {},
) {
  const folder = makeSuite(files);
  const file = join(folder, "report.json");
  const end = await run(["--json", file, ...flags], [programOf(version, "pytest"), "-q", "-p", "no:cacheprovider"], {
    cwd: folder,
    env,
  });
  return { end, report: readReport(file) };
}

const plain = ({ findings }: JsonReport) =>
  findings.map(({ origin: _, buffers: __, evidence: ___, ...finding }) => finding);

for (const version of VERSIONS) {
  test(`a finding names the lines, the phase and the test that freed a buffer late, on ttnn ${version}`, async () => {
    const { report } = await watch([], SUITE, version);
    const [left, late] = buffersOf(report);
    assert.deepEqual([left?.verdict, late?.verdict], ["suspect", "late-free"]);
    assert.deepEqual(left?.origin && [left.origin.file, left.origin.testLine], [
      "conftest.py",
      { file: "test_a.py", line: 5 },
    ]);
    const [buffer] = left?.buffers ?? [];
    assert.deepEqual(
      [buffer?.allocated?.test, buffer?.allocated?.phase, buffer?.sizeBytes],
      ["test_a.py::test_keeps", "call", TENSOR_BYTES],
    );
    const frames = buffer?.allocated?.stack.map(({ file, line }) => `${file.split("/").at(-1)}:${line}`) ?? [];
    assert.ok(frames.includes("test_a.py:5") && frames.includes("test_a.py:8"), frames.join());
    assert.equal(late?.buffers[0]?.allocated?.freedBy, "test_a.py::test_frees_late");
    assert.match(late?.evidence ?? "", /was freed in the call of test_a\.py::test_frees_late/);
    const [tracing] = report.run.tracing;
    assert.deepEqual(
      [tracing?.state, tracing?.lost, report.findings.filter((f) => f.verdict === "untrusted")],
      ["live", 0, []],
    );
    if (version !== NEWEST) return;
    const { report: untraced } = await watch(["--tracer=off"]);
    assert.deepEqual([plain(untraced), untraced.run.tracing], [plain(report), []]);
  });
}

test("a ring that is far too small loses records, counts them, and the findings stay right", async () => {
  const many = {
    "test_a.py": `
KEPT = []

def test_churns(tensor):
    for _ in range(3000):
        tensor()
    KEPT.append(tensor())

def test_is_clean(tensor):
    tensor()
`,
  };

  const { report } = await watch([], many, NEWEST, { TT_MEMWATCH_TRACER_CAPACITY: "8" });
  const [tracing] = report.run.tracing;
  assert.ok((tracing?.lost ?? 0) > 5000, JSON.stringify(tracing));
  assert.deepEqual(
    report.findings.map(({ test: name, verdict }) => [name, verdict]),
    [["test_a.py::test_churns", "suspect"]],
  );
});

test("no ring is left behind", async () => {
  const ending =
    "import os, ttnn\nfolder = os.environ['TT_MEMWATCH_TRACER_DIR']\nprint(folder, len(os.listdir(folder)))\n";
  const { end } = await trace(NEWEST, [], ending);
  const [, folder = "", rings] = /^(\/dev\/shm\/tt-memwatch-\S+) (\d+)$/m.exec(end.stdout) ?? [];
  assert.equal(rings, "1", end.stdout + end.stderr);
  assert.ok(!existsSync(folder));
});

test("a server lists the processes that are traced, while they are", async () => {
  const server = await serve([]);
  const path = join(makeFolder(), "demo.py");
  writeFileSync(path, "import sys, ttnn\nprint('traced', flush=True)\nsys.stdin.read()\n");
  const command = [PROGRAM, "trace", "--", programOf(NEWEST, "python"), path];
  const traced = new Program(command, onMockDevice({ TT_MEMWATCH_SERVER_SOCKET: server.path }));
  await traced.sees(/^traced$/m);
  const [listed, ...others] = (await server.stats()).traced;
  assert.match(listed?.ring ?? "", /^\/dev\/shm\/tt-memwatch-.*\.ring$/);
  assert.deepEqual(others, []);
  traced.child.stdin?.end();
  await traced.end();
  assert.deepEqual((await server.stats()).traced, []);
  await server.stop();
});
