import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { LiveSnapshot } from "../src/core/model/live-snapshot.ts";
import { ENVIRONMENT } from "./environment.ts";
import { type End, makeFolder, makeSuite, NEWEST, PROGRAM, programOf, Running } from "./run-harness.ts";
import { makeSocketPath, Program, Serving } from "./serve-program.ts";

/** `tt-memwatch top ARGUMENTS`, of what was announced in a place. */
function top(place: string, ...args: readonly string[]): End {
  const env = { ...ENVIRONMENT, XDG_RUNTIME_DIR: place, LC_ALL: "C.UTF-8", COLUMNS: "120" };
  const { status, stdout, stderr } = spawnSync(PROGRAM, ["top", ...args], { env, encoding: "utf8" });
  return { exitCode: status, stdout, stderr };
}

function snapshotsIn(place: string): readonly LiveSnapshot[] {
  const { stdout } = top(place, "--once", "--json");
  return stdout.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line)]));
}

const WAITING_TEST = `
import pathlib, time
KEPT = []

def test_leak(tensor):
    KEPT.append(tensor())

def test_waits(tensor):
    kept = tensor()
    print("WAITING", flush=True)
    while not pathlib.Path("go-on").exists():
        time.sleep(0.01)
`;

test("a run is seen while it goes on, and at each of its moments afterwards", { timeout: 120_000 }, async () => {
  const [place, suite] = [makeFolder(), makeSuite({ "test_a.py": WAITING_TEST })];
  const recording = join(suite, "run.mcap");
  const env = { XDG_RUNTIME_DIR: place };
  const running = new Running(["--quiet", "--record", recording], [programOf(NEWEST, "pytest"), "-q", "-s"], {
    cwd: suite,
    env,
  });
  await running.sees(/WAITING/);
  const [snapshot] = snapshotsIn(place);
  const frame = top(place, "--once");
  writeFileSync(join(suite, "go-on"), "");
  await running.end();

  assert.deepEqual(snapshot?.tests, { done: 1, failed: 0, total: 2 });
  const [dram] = snapshot?.devices[0]?.memories ?? [];
  assert.deepEqual([dram?.memoryType, dram?.knownFrom, dram?.usedBytes], ["DRAM", "events", 12 * 2048 * 2]);
  assert.ok((dram?.capacityBytes ?? 0) > 1e9 && (dram?.largestFreeBytes ?? 0) > 1e9);
  const [process] = snapshot?.processes ?? [];
  assert.deepEqual([process?.running?.test, process?.running?.phase], ["test_a.py::test_waits", "call"]);
  const made = snapshot?.largest.map(({ test: name, line, operation }) => [name, line?.file, operation]);
  assert.deepEqual(made, [
    ["test_a.py::test_leak", "conftest.py", "ttnn.zeros"],
    ["test_a.py::test_waits", "conftest.py", "ttnn.zeros"],
  ]);
  assert.match(frame.stdout, /test_a\.py::test_waits +call/);

  const early = top(place, "--once", "--at", "test_a.py::test_leak", recording).stdout;
  assert.match(early, /1\/2 tests/);
  assert.match(early, /suspect.*conftest\.py.*test_a\.KEPT/);
  const frames = top(place, "--json", recording).stdout.trim().split("\n");
  assert.deepEqual(
    frames.map((line) => JSON.parse(line).tests.done),
    [1, 2, 2],
  );
  const missing = top(place, "--once", "--at", "test_b.py", recording);
  assert.deepEqual([missing.exitCode, /--at test_b\.py: no such test ended/.test(missing.stderr)], [2, true]);
});

test("a traced program and an allocation server are seen too", { timeout: 60_000 }, async () => {
  const env = { XDG_RUNTIME_DIR: makeFolder() };
  const server = new Serving(["--text", "modern"], { path: makeSocketPath(), env });
  const program = new Program([PROGRAM, "trace", "--", "cat"], env);
  await server.sees(/listening/i);
  let seen = snapshotsIn(env.XDG_RUNTIME_DIR);
  while (seen.length < 2) seen = snapshotsIn(env.XDG_RUNTIME_DIR);
  const told = seen.map(({ source, causes }) => [source.command, source.title, causes.judgedAtMs === null]);
  assert.deepEqual(told.toSorted(), [
    ["serve", [server.path], told.find(([command]) => command === "serve")?.[2]],
    ["trace", ["cat"], true],
  ]);
  program.child.stdin?.end();
  await program.end();
  await server.stop();
  assert.deepEqual(snapshotsIn(env.XDG_RUNTIME_DIR), []);
});

test("without a terminal it says what to do instead", () => {
  const { exitCode, stderr } = top(makeFolder());
  assert.deepEqual([exitCode, /--once.*--json/.test(stderr)], [2, true]);
});

test("where nothing runs, one frame says how to get something to see", () => {
  const { exitCode, stdout } = top(makeFolder(), "--once");
  assert.deepEqual([exitCode, /tt-memwatch run -- pytest tests/.test(stdout)], [0, true]);
});
