import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { dirname } from "node:path";
import { test } from "node:test";
import type { ServerAnswer } from "../src/in/wire/server-requests.ts";
import { makeSocketPath, Program, type Serving, serve } from "./serve-program.ts";

/** Gives Python `connect`, `allocate` and `wait` for a line of input. */
const PRELUDE = `
import os, signal, socket, struct, sys
def connect():
    s = socket.socket(socket.AF_UNIX)
    s.connect(sys.argv[1])
    return s
def allocate(s, address, pid=None):
    s.sendall(struct.pack("<B3xiQB3xiQQ13Q", 1, 0, 4096, 0, os.getpid() if pid is None else pid, address, 1, *[0] * 13))
def say(*words):
    print(*words, flush=True)
def wait():
    sys.stdin.readline()
`;

/** A Python program that is a client. */
function client(serving: Serving, script: string, launcher: readonly string[] = []): Program {
  return new Program([...launcher, "python3", "-c", PRELUDE + script, serving.path]);
}

const HOLD = "s = connect()\nallocate(s, 0x1000)\nsay('PID', os.getpid())\nwait()\n";

function pick<K extends ServerAnswer["kind"]>(answers: readonly ServerAnswer[], kind: K) {
  return answers.filter((answer): answer is Extract<ServerAnswer, { kind: K }> => answer.kind === kind);
}

async function dump(serving: Serving): Promise<ServerAnswer[]> {
  return serving.ask({ request: "dump", listedMax: null, since: null });
}

/** The pids that hold each address. */
async function holders(serving: Serving): Promise<[string, number][]> {
  return pick(await dump(serving), "buffer").map(({ address, pid }) => [address, pid]);
}

async function pidOf(program: Program): Promise<number> {
  const [, pid] = await program.sees(/PID (\d+)/);
  return Number(pid);
}

test("what a killed client held is told as left at its exit, and is live no more", async () => {
  const serving = await serve(["--text", "modern"]);
  const program = client(serving, HOLD);
  const pid = await pidOf(program);
  assert.deepEqual(await holders(serving), [["0x1000", pid]]);
  await program.stop("SIGKILL");
  await serving.sees(new RegExp(`PID ${pid} is gone and left 1 buffer \\(4\\.0 KB\\)\n`));
  const answers = await dump(serving);
  assert.deepEqual(pick(answers, "buffer"), []);
  assert.deepEqual(pick(answers, "at-exit"), [{ kind: "at-exit", pid, buffers: 1, sizeBytes: 4096 }]);
  assert.deepEqual((await serving.stats()).processes, {
    alive: 0,
    unverifiable: [],
    atExit: [{ pid, buffers: 1, sizeBytes: 4096 }],
  });
  await serving.stop();
});

test("a request that finds a client gone has it told in the text as well", async () => {
  const serving = await serve(["--text", "v144"]);
  const program = client(serving, HOLD);
  const pid = await pidOf(program);
  await program.stop("SIGKILL");
  await dump(serving);
  await serving.sees(new RegExp(`PID ${pid} is dead, removing its buffers`));
  await serving.stop();
});

test("a client that sent and ended before it was looked at has left what it sent", async () => {
  const serving = await serve(["--text", "modern"]);
  serving.child.kill("SIGSTOP");
  const program = client(serving, "allocate(connect(), 0x1000)\nsay('PID', os.getpid())\n");
  const pid = await pidOf(program);
  await program.end();
  serving.child.kill("SIGCONT");
  assert.deepEqual(pick(await dump(serving), "at-exit"), [{ kind: "at-exit", pid, buffers: 1, sizeBytes: 4096 }]);
  await serving.stop();
});

test("a client that has ended and that nobody has waited for is dead", async () => {
  const serving = await serve(["--text", "modern"]);
  const program = client(
    serving,
    "pid = os.fork()\nif pid == 0:\n    allocate(connect(), 0x1000)\n    os._exit(0)\nos.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)\nsay('PID', pid)\nwait()\n",
  );
  const zombie = await pidOf(program);
  const answers = await dump(serving);
  assert.deepEqual(
    pick(answers, "at-exit").map(({ pid }) => pid),
    [zombie],
  );
  await program.stop();
  await serving.stop();
});

test("a client that only closes its connection lives, and what it holds is live", async () => {
  const serving = await serve(["--text", "modern"]);
  const program = client(serving, "s = connect()\nallocate(s, 0x1000)\ns.close()\nsay('PID', os.getpid())\nwait()\n");
  const pid = await pidOf(program);
  assert.deepEqual(await holders(serving), [["0x1000", pid]]);
  await program.stop();
  await serving.stop();
});

const IS_ROOT = process.getuid?.() === 0;

test("a client of another user is not dead because it may not be signalled", {
  skip: !IS_ROOT && "needs root",
}, async () => {
  const path = makeSocketPath();
  chmodSync(dirname(dirname(path)), 0o755);
  chmodSync(dirname(path), 0o777);
  const serving = await serve(["--mode", "666"], {
    path,
    launcher: ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"],
  });
  const program = client(serving, `os.setgid(12345)\nos.setuid(12345)\n${HOLD}`);
  const pid = await pidOf(program);
  assert.deepEqual(await holders(serving), [["0x1000", pid]]);
  assert.deepEqual((await serving.stats()).processes, { alive: 1, unverifiable: [], atExit: [] });
  await program.stop("SIGKILL");
  await serving.sees(new RegExp(`PID ${pid} is dead`));
  await serving.stop();
});

const OTHER_NAMESPACE = ["unshare", "-pf", "--kill-child", "--mount-proc"];
const noNamespaces = spawnSync("unshare", ["-pf", "--mount-proc", "true"]).status === 0 ? false : "needs namespaces";

test("a client in another pid namespace lives as long as it does", { skip: noNamespaces }, async () => {
  const serving = await serve(["--text", "modern"]);
  const program = client(serving, HOLD, OTHER_NAMESPACE);
  // As it sees itself; here that is another process.
  assert.equal(await pidOf(program), 1);
  assert.deepEqual(await holders(serving), [["0x1000", 1]]);
  assert.deepEqual((await serving.stats()).processes, { alive: 1, unverifiable: [], atExit: [] });
  await program.stop("SIGKILL");
  await serving.sees(/PID 1 is gone and left 1 buffer/);
  await serving.stop();
});

test("a forked child in another pid namespace cannot be told dead or alive", { skip: noNamespaces }, async () => {
  const serving = await serve(["--text", "modern"]);
  const fork = "child = os.fork()\nif child == 0:\n    allocate(s, 0x2000)\n    os._exit(0)\nos.wait()\n";
  const script = `s = connect()\nallocate(s, 0x1000)\n${fork}say('PID', child)\nwait()\n`;
  const program = client(serving, script, OTHER_NAMESPACE);
  const child = await pidOf(program);
  assert.deepEqual(await holders(serving), [
    ["0x1000", 1],
    ["0x2000", child],
  ]);
  const { processes } = await serving.stats();
  assert.deepEqual(processes, { alive: 1, unverifiable: [child], atExit: [] });
  await program.stop("SIGKILL");
  await serving.stop();
});

test("two namespaces' processes with one pid are two processes", { skip: noNamespaces }, async () => {
  const serving = await serve(["--text", "modern"]);
  const programs = [client(serving, HOLD, OTHER_NAMESPACE), client(serving, HOLD, OTHER_NAMESPACE)];
  for (const program of programs) await pidOf(program);
  assert.deepEqual(await holders(serving), [
    ["0x1000", 1],
    ["0x1000", 1],
  ]);
  await programs[0]?.stop("SIGKILL");
  await serving.sees(/PID 1 is gone and left 1 buffer/);
  assert.deepEqual(await holders(serving), [["0x1000", 1]]);
  await programs[1]?.stop("SIGKILL");
  await serving.stop();
});

test("processes with the same addresses do not disturb each other", async () => {
  const serving = await serve(["--text", "modern"]);
  const first = client(serving, HOLD);
  const second = client(serving, HOLD);
  const [firstPid, secondPid] = [await pidOf(first), await pidOf(second)];
  const both = new Map((await holders(serving)).map(([address, pid]) => [pid, address]));
  assert.deepEqual(
    both,
    new Map(
      [
        [firstPid, "0x1000"],
        [secondPid, "0x1000"],
      ].toSorted() as [number, string][],
    ),
  );
  await first.stop("SIGKILL");
  await serving.sees(new RegExp(`PID ${firstPid} is gone`));
  assert.deepEqual(await holders(serving), [["0x1000", secondPid]]);
  await second.stop("SIGKILL");
  await serving.stop();
});

test("a forked child speaks for itself on its parent's connection, and dies for itself", async () => {
  const serving = await serve(["--text", "modern"]);
  const script = `
s = connect()
allocate(s, 0x1000)
child = os.fork()
if child == 0:
    allocate(s, 0x2000)
    say('PID', os.getpid())
    wait()
    os._exit(0)
os.wait()
say('ALONE', os.getpid())
signal.pause()
`;
  const program = client(serving, script);
  const child = await pidOf(program);
  const held = await holders(serving);
  assert.deepEqual(
    held.map(([address]) => address),
    ["0x1000", "0x2000"],
  );
  assert.equal(held.at(1)?.[1], child);
  program.child.stdin?.write("\n");
  const [, parent] = await program.sees(/ALONE (\d+)/);
  const answers = await dump(serving);
  assert.deepEqual(
    pick(answers, "at-exit").map(({ pid }) => pid),
    [child],
  );
  assert.deepEqual(
    pick(answers, "buffer").map(({ pid }) => pid),
    [Number(parent)],
  );
  await program.stop("SIGKILL");
  await serving.stop();
});

/** A child that has ended, and another one with its pid; the threads of others may take it first. */
const REUSE = `
def fork(address, then):
    child = os.fork()
    if child == 0:
        s = connect()
        allocate(s, address)
        then()
        os._exit(0)
    return child
def checkpoint():
    s = connect()
    s.sendall(b'memwatch {"request":"checkpoint"}\\n')
    while b'"end"' not in s.recv(4096): pass
wait()
first = fork(0x1000, lambda: None)
os.waitpid(first, 0)
checkpoint()
while True:
    with open("/proc/sys/kernel/ns_last_pid", "w") as last:
        last.write(str(first - 1))
    second = os.fork()
    if second == 0:
        if os.getpid() != first: os._exit(1)
        s = connect()
        allocate(s, 0x2000)
        say("PID", os.getpid())
        wait()
        os._exit(0)
    if second == first: break
    os.waitpid(second, 0)
os.waitpid(second, 0)
`;

test("a process with the pid of one that has ended is another process", { skip: noNamespaces }, async () => {
  const path = makeSocketPath();
  const script = `"$@" & python3 -c "$SCRIPT" "${path}"; wait`;
  const launcher = [...OTHER_NAMESPACE, "sh", "-c", script, "sh"];
  const serving = await serve(["--text", "modern"], { path, launcher, env: { SCRIPT: PRELUDE + REUSE } });
  serving.child.stdin?.write("\n");
  const pid = await pidOf(serving);
  const answers = await dump(serving);
  assert.deepEqual(pick(answers, "at-exit"), [{ kind: "at-exit", pid, buffers: 1, sizeBytes: 4096 }]);
  assert.deepEqual(
    pick(answers, "buffer").map((buffer) => [buffer.address, buffer.pid]),
    [["0x2000", pid]],
  );
  await serving.stop("SIGKILL");
});
