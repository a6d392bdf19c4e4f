import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { ENVIRONMENT } from "./environment.ts";
import { allocation } from "./serve-client.ts";
import { serve } from "./serve-program.ts";

const ROOT = path.resolve(import.meta.dirname, "..");
const PROGRAM = path.join(ROOT, "bin/tt-memwatch");
const PYTHON = path.join(ROOT, ".venv/ttnn-0.81.1/bin/python");
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

function runSuite(socket: string, env: Readonly<Record<string, string>>, tests = "test") {
  const suite = path.join(folder, "test_reports.py");
  const json = path.join(folder, "report.json");
  writeFileSync(suite, SUITE);
  const command = [PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", tests, suite];
  const done = spawnSync(PROGRAM, ["run", "--socket", socket, "--json", json, "--", ...command], {
    encoding: "utf8",
    env: { ...ENVIRONMENT, ALLOCATION_SOCKET: socket, ...env },
  });
  return { ...done, report: JSON.parse(readFileSync(json, "utf8")) };
}

test("a run of a patched tt-metal brings its own server, and its report has what that heard", () => {
  const { stdout, stderr, report } = runSuite(path.join(folder, "own.sock"), { TT_ALLOC_TRACKING_ENABLED: "1" });
  assert.match(stdout, /3 passed/, stderr);
  const { isOwn, live, groups, atExit } = report.allocations;
  // pytest has ended by then, and with it what its process had not freed.
  assert.deepEqual({ isOwn, live, groups }, { isOwn: true, live: 0, groups: [] });
  assert.equal(atExit.length, 1);
  assert.deepEqual([atExit[0].buffers, atExit[0].sizeBytes], [2, 24_576]);
  assert.deepEqual(leftByTest(report), LEFT);
  assert.match(stdout, /Allocation server on .*own\.sock \(this run's own\): 0 live buffers/);
  assert.match(stdout, /at-exit {2}PID \d+ ended with 2 buffers not freed, 24\.0 KB/);
  assert.match(stdout, /after .*::test_keeps_a_model {2}device 0 {2}DRAM {2}1 buffer {2}200\.0 MB/);
});

test("a server that was there before tells what each test left as well", async () => {
  const serving = await serve(["--quiet"]);
  const client = await serving.connect();
  await client.send(allocation(0x1000));
  const { stdout, stderr, report } = runSuite(serving.path, {}, "test_keeps_a_model");
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
