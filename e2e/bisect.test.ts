import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { ENVIRONMENT } from "./environment.ts";
import { type End, makeSuite, PROGRAM, programOf, SESSION_DEVICE, type VERSIONS } from "./run-harness.ts";

/** Buffers of so many KB in each bank of L1, which has 1,360 or so. */
const SUITE = `
import ttnn

KEPT = []

def place(device, kb):
    shape = (1, 1, 32 * (kb // 2) * 64, 32)
    return ttnn.empty(shape, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device, memory_config=ttnn.L1_MEMORY_CONFIG)

def test_clean(device):
    place(device, 700)

def test_keeps_some(device):
    KEPT.append(place(device, 400))

def test_keeps_little(device):
    KEPT.append(place(device, 10))

def test_keeps_more(device):
    KEPT.append(place(device, 400))

def test_victim(device):
    place(device, 700)

def test_wrong():
    assert False
`;

const folder = makeSuite({ "conftest.py": SESSION_DEVICE, "sub/test_it.py": SUITE });

function bisect(version: (typeof VERSIONS)[number], flags: readonly string[], words: readonly string[]): End {
  const pytest = [programOf(version, "python"), "-m", "pytest", "-q", "-p", "no:cacheprovider", ...words];
  return start([PROGRAM, "mock", "--", PROGRAM, "bisect", ...flags, "--", ...pytest]);
}

function start([program = "", ...args]: readonly string[]): End {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: folder, env: ENVIRONMENT, encoding: "utf8" });
  return { exitCode: status, stdout, stderr };
}

test("two tests that fill L1 together are found in four runs, also where a worker ran them", () => {
  const end = bisect("0.81.1", [], ["-n", "1", "sub"]);
  assert.equal(end.exitCode, 0, end.stderr);
  const [head, ...named] = end.stdout.split("\n");
  assert.equal(
    head,
    "sub/test_it.py::test_victim fails after these 2 tests together, and not without any one of them (4 runs):",
  );
  assert.deepEqual(named.slice(0, 2), ["  sub/test_it.py::test_keeps_some", "  sub/test_it.py::test_keeps_more"]);
  assert.match(end.stderr, /run 1: the whole command\n.*failed, after 4 others/);
  assert.match(end.stderr, /run 2, of 30 at most: after 2 earlier tests the test fails/);
  const pasted = /^To see it again: (.*)$/m.exec(end.stdout)?.[1] ?? "";
  const again = start(["sh", "-c", pasted]);
  assert.match(
    again.stdout,
    /1 failed, 2 passed[\s\S]*out of memory +sub\/test_it\.py::test_victim could not allocate/,
  );
});

test("a test that fails alone is reported as one, in two runs", () => {
  const end = bisect("0.66.0", ["--json", "--test", "sub/test_it.py::test_wrong"], ["sub/test_it.py"]);
  assert.equal(end.exitCode, 0, end.stderr);
  const { kind, culprits, earlier, trials } = JSON.parse(end.stdout);
  assert.deepEqual({ kind, culprits, earlier }, { kind: "alone", culprits: [], earlier: 5 });
  assert.deepEqual(
    trials.map(({ tests, result }: { tests: number; result: string }) => [tests, result]),
    [
      [5, "fails"],
      [0, "fails"],
    ],
  );
});

test("a test that passed has no cause, and one that did not run is wrong use", () => {
  const passed = bisect("0.81.1", ["--test", "sub/test_it.py::test_clean"], ["sub/test_it.py::test_clean"]);
  assert.deepEqual([passed.exitCode, passed.stdout.includes("passed: there is nothing to find")], [1, true]);
  const unknown = bisect("0.81.1", ["--test", "x"], ["--collect-only", "sub"]);
  assert.deepEqual([unknown.exitCode, /ran no test x; it ran none/.test(unknown.stderr)], [2, true]);
});
