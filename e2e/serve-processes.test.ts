import assert from "node:assert/strict";
import { chmodSync } from "node:fs";
import { dirname } from "node:path";
import { test } from "node:test";
import { AS_NOBODY, OTHER_USER } from "./other-user.ts";
import { makeSocketPath, serve } from "./serve-program.ts";
import { client, dump, HOLD, holders, pick, pidOf } from "./serve-python-client.ts";

test("what a killed client held is reported as left at its exit, and is live no more", async () => {
  const serving = await serve(["--text", "modern"]);
  const program = client(serving, HOLD);
  const pid = await pidOf(program);
  assert.deepEqual(await holders(serving), [["0x1000", pid]]);
  await program.stop("SIGKILL");
  await serving.sees(new RegExp(`PID ${pid} ended and left 1 buffer \\(4\\.0 KB\\)\n`));
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

test("a client of another user is not dead because it may not be signalled", {
  skip: OTHER_USER.skip,
}, async () => {
  const path = makeSocketPath();
  chmodSync(dirname(dirname(path)), 0o755);
  chmodSync(dirname(path), 0o777);
  const serving = await serve(["--mode", "666"], {
    path,
    launcher: AS_NOBODY,
    program: OTHER_USER.program,
  });
  const program = client(serving, `os.setgid(12345)\nos.setuid(12345)\n${HOLD}`);
  const pid = await pidOf(program);
  assert.deepEqual(await holders(serving), [["0x1000", pid]]);
  assert.deepEqual((await serving.stats()).processes, { alive: 1, unverifiable: [], atExit: [] });
  await program.stop("SIGKILL");
  await serving.sees(new RegExp(`PID ${pid} is dead`));
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
  await serving.sees(new RegExp(`PID ${firstPid} ended`));
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
