import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { makeFolder, makeSuite, NEWEST, programOf, readReport, run, TENSOR_BYTES } from "./run-harness.ts";
import { serve } from "./serve-program.ts";

const PYTEST = programOf(NEWEST, "pytest");

/** What it leaves grows from run to run, by what it wrote down; one test leaves something in the first run only. */
const GROWING = makeSuite({
  "test_g.py": `
from pathlib import Path

KEPT = []
COUNT = Path(__file__).with_name("count")

def test_grows(tensor):
    runs = int(COUNT.read_text()) + 1 if COUNT.exists() else 1
    COUNT.write_text(str(runs))
    KEPT.extend(tensor() for _ in range(runs))

def test_fills_a_cache_on_disk(tensor):
    if COUNT.read_text() == "1":
        KEPT.append(tensor())
`,
});

test("--runs says what each run left, whether it grows, and whose it is", async () => {
  const file = join(makeFolder(), "report.json");
  const end = await run(["--runs", "3", "--fail-on", "leak", "--json", file], [PYTEST, "-q"], { cwd: GROWING });
  assert.equal(end.exitCode, 1, end.stderr);
  assert.equal(end.stdout.match(/2 passed/g)?.length, 3);
  assert.match(end.stderr, /run 1 of 3, to warm up[\s\S]*run 2 of 3[\s\S]*run 3 of 3/);
  assert.match(end.stdout, /runs +3 runs, the first to warm up/);
  assert.match(end.stdout, /runs +device 0 DRAM: 48\.0 KB, 48\.0 KB, 72\.0 KB; grows 24\.0 KB a run/);
  assert.match(end.stdout, /in every run after it: test_g\.py::test_grows\n/);
  assert.match(end.stdout, /in the first run only: test_g\.py::test_fills_a_cache_on_disk\n/);
  assert.match(end.stdout, /tt-memwatch: memory grows from run to run in 1 place/);
  const sizeBytes = [2, 2, 3].map((tensors) => tensors * TENSOR_BYTES);
  const growsBy = { bytes: TENSOR_BYTES, lowBytes: null, highBytes: null };
  assert.deepEqual(readReport(file).reruns, {
    runs: 3,
    memory: [{ source: "tests", device: 0, memoryType: "DRAM", sizeBytes, trend: "grows", growsBy }],
    inEveryRun: ["test_g.py::test_grows"],
    onlyInWarmUp: ["test_g.py::test_fills_a_cache_on_disk"],
  });
});

test("a run that fails is reported, and the command's exit code is passed on", async () => {
  const suite = makeSuite({
    "test_f.py":
      "from pathlib import Path\n\ndef test_once(tensor):\n    tensor()\n    mark = Path(__file__).with_name('m')\n    mark.touch(exist_ok=False) if not mark.exists() else None\n    assert mark.read_text() or mark.write_text('x') == 0\n",
  });
  const end = await run(["--runs", "2"], [PYTEST, "-q"], { cwd: suite });
  assert.equal(end.exitCode, 1);
  assert.match(end.stdout, /warning +run 1: the command exited with 1/);
  assert.match(end.stdout, /no run left anything/);
});

test("what a patched tt-metal reports is compared at the end of each run", async () => {
  const sends = `
import os, socket, struct

def send(link, kind, size, memory_type, address):
    link.send(struct.pack("B3xiQB3xiQQ4Q", kind, 0, size, memory_type, os.getpid(), address, 0, 0, 0, 0, 0))

def test_reports(tensor):
    tensor()
    link = socket.socket(socket.AF_UNIX)
    link.connect(os.environ["ALLOCATION_SOCKET"])
    send(link, 1, 4096, 1, 0x20000)
`;
  const suite = makeSuite({ "test_s.py": sends });
  const serving = await serve(["--quiet"]);
  const socket = serving.path;
  const file = join(makeFolder(), "report.json");
  const env = { ALLOCATION_SOCKET: socket };
  // A traced process is judged by what it recorded, not by what it sent.
  const flags = ["--tracer=off", "--runs", "3", "--socket", socket, "--json", file];
  const end = await run(flags, [PYTEST, "-q"], { cwd: suite, env });
  await serving.stop();
  const { reruns } = readReport(file);
  const told = reruns?.memory.map(({ source, sizeBytes, trend }) => [source, sizeBytes, trend]);
  assert.deepEqual(told, [["at-exit", [4096, 4096, 4096], "steady"]], end.stdout);
});

test("what outlives the runs on an allocation server is seen to grow", async () => {
  const outlives = `
import os, pathlib, subprocess, sys

CLIENT = """
import os, socket, struct, time
link = socket.socket(socket.AF_UNIX)
link.connect(os.environ["ALLOCATION_SOCKET"])
link.send(struct.pack("B3xiQB3xiQQ4Q", 1, 0, 4096, 1, os.getpid(), 0x20000, 0, 0, 0, 0, 0))
print("sent", flush=True)
time.sleep(600)
"""

def test_starts_a_client_that_stays(tensor):
    tensor()
    client = subprocess.Popen([sys.executable, "-c", CLIENT], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)
    assert client.stdout.readline() == b"sent\\n"
    with pathlib.Path(__file__).with_name("clients").open("a") as file:
        file.write(f"{client.pid}\\n")
`;
  const suite = makeSuite({ "test_o.py": outlives });
  const serving = await serve(["--quiet"]);
  const file = join(makeFolder(), "report.json");
  const env = { ALLOCATION_SOCKET: serving.path };
  const flags = ["--runs", "3", "--socket", serving.path, "--json", file];
  const end = await run(flags, [PYTEST, "-q"], { cwd: suite, env });
  const clients = readFileSync(join(suite, "clients"), "utf8").trim().split("\n");
  for (const pid of clients) process.kill(Number(pid));
  await serving.stop();
  assert.equal(end.exitCode, 1, end.stdout);
  const told = readReport(file).reruns?.memory.map(({ source, sizeBytes, trend }) => [source, sizeBytes, trend]);
  assert.deepEqual(told, [["server", [4096, 8192, 12_288], "grows"]]);
});

test("a command that is interrupted is not started again, and what it did is reported", async () => {
  const suite = makeSuite({
    "test_i.py":
      "import os, signal\n\ndef test_ends(tensor):\n    tensor()\n    os.kill(int(os.environ['PARENT']), signal.SIGTERM)\n",
  });
  const script = 'PARENT=$PPID exec "$0" -q';
  const end = await run(["--runs", "3"], ["sh", "-c", script, PYTEST], { cwd: suite });
  assert.match(end.stderr, /run 1 of 3/);
  assert.doesNotMatch(end.stderr, /run 2 of 3/);
  assert.match(end.stdout, /warning +run 1 was cut short and is not compared/);
});
