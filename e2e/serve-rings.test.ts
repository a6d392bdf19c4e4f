import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { onMockDevice } from "./mock-device.ts";
import { CLONE, makeSuite, NEWEST, PROGRAM, programOf, readReport, VERSIONS } from "./run-harness.ts";
import { makeFolder, Program, type Serving, serve } from "./serve-program.ts";

/** Banks of each memory type of the mock device, and the bytes of a kilobyte. */
const BANKS: Readonly<Record<string, number>> = { DRAM: 12, L1: 64 };
const KB = 1024;

/** As its users have it, but for the list that it prints; `sleep` is the line with the second it waits. */
const earlierConftest = (sleep: string): string => `
import gc
import json
import os
import socket
import struct
import time

import pytest
import ttnn

@pytest.fixture(scope="session")
def mesh_device():
    device = ttnn.open_mesh_device(ttnn.MeshShape(1, 1))
    yield device
    ttnn.close_mesh_device(device)

@pytest.fixture(autouse=True)
def clear_program_cache_after_test(mesh_device):
    yield
    gc.collect()
    gc.collect()
    mesh_device.disable_and_clear_program_cache()
    mesh_device.enable_program_cache()
    ${sleep}
    buffers = ttnn._ttnn.reports.get_buffers([mesh_device])
    listed = sorted([str(b.buffer_type).rpartition(".")[2], b.address, b.max_size_per_bank] for b in buffers)
    print("LISTED", json.dumps(listed))
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.connect(os.environ["TT_MEMWATCH_SERVER_SOCKET"])
    sock.sendall(struct.pack("B3xiQB3xiQQ4Q", 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
    ${sleep}
    sock.close()
`;

const EARLIER_TESTS = `
import ttnn

KEPT = []

def zeros(device, memory=ttnn.DRAM_MEMORY_CONFIG, rows=64):
    return ttnn.zeros((1, 1, rows, 64), ttnn.bfloat16, ttnn.TILE_LAYOUT, device, memory)

def test_keeps(mesh_device):
    KEPT.append(zeros(mesh_device))

def test_keeps_l1(mesh_device):
    KEPT.append(zeros(mesh_device, ttnn.L1_MEMORY_CONFIG))
    KEPT.append(zeros(mesh_device, rows=32))

def test_leaves_nothing(mesh_device):
    tensor = zeros(mesh_device)
    tensor = ttnn.add(tensor, tensor)

def test_frees(mesh_device):
    del KEPT[0]
`;

/** What a plain pytest needs to find the plugin and the tracer without an installation. */
function pluginEnvironment(server: Serving): NodeJS.ProcessEnv {
  return {
    PYTHONPATH: [join(CLONE, "clients/pytest/src"), join(CLONE, "clients/native/python")].join(":"),
    TT_MEMWATCH_TRACER_LIBRARY: join(CLONE, "build/native/libtt_memwatch_tracer.so"),
    TT_MEMWATCH_SERVER_SOCKET: server.path,
  };
}

function plainPytest(version: (typeof VERSIONS)[number], suite: string, server: Serving): Program {
  const pytest = [programOf(version, "python"), "-m", "pytest", "-p", "tt_memwatch.plugin", "-q", "-s", suite];
  return new Program([...pytest, "-p", "no:cacheprovider"], onMockDevice(pluginEnvironment(server)));
}

/** A command that a server follows by its rings. */
function traced(command: readonly string[], server: Serving, launcher: readonly string[] = []): Program {
  const env = onMockDevice({ TT_MEMWATCH_SERVER_SOCKET: server.path });
  return new Program([...launcher, PROGRAM, "trace", "--", ...command], env);
}

type Listed = readonly (readonly [memoryType: string, address: number, bytesPerBank: number])[];

/** The boxes of a server's text, one for each dump. */
function boxesOf(text: string): Listed[] {
  const boxes: [string, number, number][][] = [];
  let [memoryType, box]: [string, [string, number, number][]] = ["", []];
  for (const line of text.split("\n")) {
    memoryType = /^ +(DRAM|L1|L1_SMALL|TRACE): \d+ buffers?/.exec(line)?.[1] ?? memoryType;
    const [, address, kilobytes] = /Buffer (0x[0-9a-f]+|\d+): ([\d.]+) KB .*ref_count=1/.exec(line) ?? [];
    if (address !== undefined) {
      box.push([memoryType, Number(address), (Number(kilobytes) * KB) / (BANKS[memoryType] ?? 1)]);
    }
    if (!/Total remaining buffers: \d+|No buffers remaining/.test(line)) continue;
    boxes.push(box.toSorted());
    box = [];
  }
  return boxes;
}

/** Each text once, half of them on each ttnn: how a box is written does not depend on that. */
const FLAVOURS = { "0.66.0": ["v72", "v72e", "v112b"], "0.81.1": ["modern", "v72", "v112a", "v144"] } as const;

for (const version of VERSIONS) {
  for (const flavour of FLAVOURS[version]) {
    const sleep = flavour === "v72" ? "time.sleep(1)" : "";
    const how = sleep === "" ? "without its second" : "word for word";
    test(`the earlier fixture ${how}, ttnn ${version}: the box in ${flavour} is what ttnn lists`, async () => {
      const server = await serve(["--text", flavour]);
      const suite = makeSuite({ "conftest.py": earlierConftest(sleep), "test_model.py": EARLIER_TESTS });
      const { stdout, stderr } = await plainPytest(version, suite, server).end();
      const listed = [...stdout.matchAll(/LISTED (.*)/g)].map(([, json = ""]) => JSON.parse(json).toSorted());
      assert.equal(listed.length, 4, stdout + stderr);
      assert.deepEqual(
        listed.map(({ length }) => length),
        [1, 3, 3, 2],
      );
      const { stdout: text } = await server.stop();
      assert.deepEqual(boxesOf(text), listed, text);
    });
  }
}

/** Processes at a time, of which some also send what a patched tt-metal sends. */
const RANDOM_PROGRAMS = [[], [], [], ["frames"], ["frames"]] as const;
const COMPARISONS = 110;

for (const version of VERSIONS) {
  test(`random programs of many processes, ttnn ${version}: the books are what each process's ttnn lists`, async () => {
    const server = await serve(["--quiet"]);
    const path = join(CLONE, "e2e/rings/random_buffers.py");
    const programs = RANDOM_PROGRAMS.map((flags, seed) => {
      const random = [programOf(version, "python"), path, `${seed}`, `${COMPARISONS}`, ...flags];
      return traced(random, server);
    });
    for (const program of programs) {
      const { stdout, stderr } = await program.end();
      const result = /^\{.*\}$/m.exec(stdout)?.[0];
      assert.deepEqual(JSON.parse(result ?? "{}"), { comparisons: COMPARISONS, different: 0, untrusted: 0 }, stderr);
    }
    await server.stop();
  });
}

const HOLDER = `
import os, signal, sys
import ttnn
device = ttnn.open_mesh_device(ttnn.MeshShape(1, 1))
kept = ttnn.zeros((1, 1, 64, 64), ttnn.bfloat16, ttnn.TILE_LAYOUT, device)
print("READY", flush=True)
for line in sys.stdin:
    if line == "kill\\n": os.kill(os.getpid(), signal.SIGKILL)
`;

/** A traced program that keeps a tensor and waits for lines. */
function holder(server: Serving, launcher: readonly string[] = []): Program {
  const path = join(makeFolder(), "holder.py");
  writeFileSync(path, HOLDER);
  return traced([programOf(NEWEST, "python"), path], server, launcher);
}

test("what a process that is killed had not freed was left at its exit", async () => {
  const server = await serve(["--text", "modern"]);
  const program = holder(server);
  await program.sees(/READY/);
  program.child.stdin?.write("kill\n");
  await program.end();
  await server.sees(/PID \d+ ended and left 1 buffer \(24\.0 KB\)/);
  const answers = await server.ask({ request: "dump", listedMax: 10, since: null });
  assert.deepEqual(
    answers.flatMap((answer) => (answer.kind === "finding" ? [answer.verdict] : [])),
    ["at-exit"],
  );
  await server.stop();
});

test("a server that is started again takes over what is live, line and all", async () => {
  const first = await serve(["--quiet"]);
  const program = holder(first);
  await program.sees(/READY/);
  await first.stop();
  const second = await serve(["--quiet"], { path: first.path });
  const answers = await second.ask({ request: "dump", listedMax: 10, since: null });
  const [buffer] = answers.filter((answer) => answer.kind === "buffer");
  assert.deepEqual([buffer?.origin?.operation, buffer?.origin?.line?.line], ["ttnn.zeros", 5]);
  program.child.stdin?.end();
  await program.end();
  await second.stop();
});

const OTHER_NAMESPACE = ["unshare", "-pfm", "--kill-child", "--mount-proc", "sh", "-c"];
const OWN_MEMORY = 'mount -t tmpfs none /dev/shm && exec "$@"';
const noNamespaces =
  spawnSync("unshare", ["-pfm", "--mount-proc", "mount", "-t", "tmpfs", "none", "/dev/shm"]).status === 0
    ? false
    : "needs namespaces of processes and mounts";

test("a process of another namespace, with shared memory of its own, is followed", { skip: noNamespaces }, async () => {
  const server = await serve(["--quiet"]);
  const program = holder(server, [...OTHER_NAMESPACE, OWN_MEMORY, "sh"]);
  await program.sees(/READY/);
  const [traced, ...others] = (await server.stats()).traced;
  assert.deepEqual([traced?.state, traced?.reason, others], ["followed", "", []]);
  assert.equal((await server.addresses()).length, 1);
  program.child.stdin?.end();
  await program.end();
  await server.stop();
});

const DUMPING = `
import os, subprocess
KEPT = []

def test_keeps(tensor):
    KEPT.append(tensor())

def test_dumps():
    dump = [os.environ["PROGRAM"], "dump", "--json", "--socket", os.environ["SERVER"]]
    with open(os.environ["DUMP"], "w") as file:
        subprocess.run(dump, stdout=file, check=True)
`;

test("a run beside a server reports to both: its buffers have their tests there, and here they are reported once", async () => {
  const server = await serve(["--quiet"]);
  const [suite, folder] = [makeSuite({ "test_a.py": DUMPING }), makeFolder()];
  const [report, dump] = [join(folder, "report.json"), join(folder, "dump.json")];
  const pytest = [programOf(NEWEST, "python"), "-m", "pytest", "-q", "--rootdir", suite, suite];
  const watched = [PROGRAM, "run", "--socket", server.path, "--json", report, "--", ...pytest];
  const env = { PROGRAM, SERVER: server.path, DUMP: dump };
  const { stdout, stderr } = await new Program(watched, onMockDevice(env)).end();
  assert.match(stdout, /2 passed/, stderr);
  const { buffers } = JSON.parse(readFileSync(dump, "utf8"));
  assert.deepEqual(
    buffers.map(({ origin }: { origin: { test: string; operation: string } }) => [origin.test, origin.operation]),
    [["test_a.py::test_keeps", "ttnn.zeros"]],
  );
  const { findings, allocations } = readReport(report);
  assert.deepEqual([findings.length, allocations?.groups, allocations?.findings], [1, [], []]);
  await server.stop();
});
