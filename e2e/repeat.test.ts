import assert from "node:assert/strict";
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

test("--repeat says what each run left, whether it grows, and whose it is", async () => {
  const file = join(makeFolder(), "report.json");
  const end = await run(["--repeat", "3", "--fail-on", "leak", "--json", file], [PYTEST, "-q"], { cwd: GROWING });
  assert.equal(end.exitCode, 1, end.stderr);
  assert.equal(end.stdout.match(/2 passed/g)?.length, 3);
  assert.match(end.stderr, /run 1 of 3, to warm up[\s\S]*run 2 of 3[\s\S]*run 3 of 3/);
  assert.match(end.stdout, /runs +3 runs, the first to warm up/);
  assert.match(end.stdout, /runs +device 0 DRAM: 48\.0 KB, 48\.0 KB, 72\.0 KB; grows with every run/);
  assert.match(end.stdout, /in every run: test_g\.py::test_grows\n/);
  assert.match(end.stdout, /in the first run only: test_g\.py::test_fills_a_cache_on_disk\n/);
  assert.match(end.stdout, /tt-memwatch: memory grows with every run in 1 place/);
  const sizeBytes = [2, 2, 3].map((tensors) => tensors * TENSOR_BYTES);
  assert.deepEqual(readReport(file).repetition, {
    runs: 3,
    memory: [{ source: "tests", device: 0, memoryType: "DRAM", sizeBytes, trend: "grows" }],
    inEveryRun: ["test_g.py::test_grows"],
    onlyInWarmUp: ["test_g.py::test_fills_a_cache_on_disk"],
  });
});

test("a run that fails is told, and the command's exit code is passed on", async () => {
  const suite = makeSuite({
    "test_f.py":
      "from pathlib import Path\n\ndef test_once(tensor):\n    tensor()\n    mark = Path(__file__).with_name('m')\n    mark.touch(exist_ok=False) if not mark.exists() else None\n    assert mark.read_text() or mark.write_text('x') == 0\n",
  });
  const end = await run(["--repeat", "2"], [PYTEST, "-q"], { cwd: suite });
  assert.equal(end.exitCode, 1);
  assert.match(end.stdout, /warning +run 1 of the command exited with 1/);
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
  const end = await run(["--repeat", "3", "--socket", socket, "--json", file], [PYTEST, "-q"], { cwd: suite, env });
  await serving.stop();
  const { repetition } = readReport(file);
  const told = repetition?.memory.map(({ source, sizeBytes, trend }) => [source, sizeBytes, trend]);
  assert.deepEqual(told, [["at-exit", [4096, 4096, 4096], "steady"]], end.stdout);
});
