import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { OTHER_USER } from "./other-user.ts";
import { makeSocketPath, serve } from "./serve-program.ts";
import { client, dump, HOLD, holders, PRELUDE, pick, pidOf } from "./serve-python-client.ts";

const OTHER_NAMESPACE = ["unshare", "-pf", "--kill-child", "--mount-proc"];
const noNamespaces =
  spawnSync("unshare", ["-pf", "--mount-proc", "true"]).status === 0 ? false : "needs namespaces of processes";

test("a client in another pid namespace lives as long as it does", { skip: noNamespaces }, async () => {
  const serving = await serve(["--text", "modern"]);
  const program = client(serving, HOLD, OTHER_NAMESPACE);
  // As it sees itself; here that is another process.
  assert.equal(await pidOf(program), 1);
  assert.deepEqual(await holders(serving), [["0x1000", 1]]);
  assert.deepEqual((await serving.stats()).processes, { alive: 1, unverifiable: [], atExit: [] });
  await program.stop("SIGKILL");
  await serving.sees(/PID 1 ended and left 1 buffer/);
  await serving.stop();
});

test("whether a forked child in another pid namespace runs is not known", { skip: noNamespaces }, async () => {
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
  await serving.sees(/PID 1 ended and left 1 buffer/);
  assert.deepEqual(await holders(serving), [["0x1000", 1]]);
  await programs[1]?.stop("SIGKILL");
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
        say("ITS TWIN IS", os.getpid())
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
  // The server itself speaks of "PID" when the first one ends.
  const pid = Number((await serving.sees(/ITS TWIN IS (\d+)/))[1]);
  const answers = await dump(serving);
  assert.deepEqual(pick(answers, "at-exit"), [{ kind: "at-exit", pid, buffers: 1, sizeBytes: 4096 }]);
  assert.deepEqual(
    pick(answers, "buffer").map((buffer) => [buffer.address, buffer.pid]),
    [["0x2000", pid]],
  );
  await serving.stop("SIGKILL");
});

const HIDDEN_PROC = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh"];
const noMounts =
  spawnSync(HIDDEN_PROC[0] ?? "", [...HIDDEN_PROC.slice(1), "true"]).status === 0
    ? false
    : "needs mounts, to hide /proc";

test("a server from which /proc is hidden serves, says so once, and calls who it cannot see unverifiable", {
  skip: noMounts,
}, async () => {
  const serving = await serve(["--text", "modern"], { launcher: HIDDEN_PROC });
  const program = client(serving, HOLD);
  const pid = await pidOf(program);
  assert.deepEqual(await holders(serving), [["0x1000", pid]]);
  assert.deepEqual((await serving.stats()).processes, { alive: 0, unverifiable: [pid], atExit: [] });
  await program.stop("SIGKILL");
  // It has gone, as signals tell: no process has its pid.
  await serving.sees(new RegExp(`PID ${pid} ended and left 1 buffer`));
  const { stderr, exitCode } = await serving.stop();
  assert.deepEqual([stderr.match(/\/proc is hidden/g)?.length, exitCode], [1, 0]);
});

const HIDEPID = "mount -t proc -o hidepid=2 proc /proc && exec setpriv --reuid 65534 --regid 65534 --clear-groups";
const OTHERS_HIDDEN = ["unshare", "-m", "sh", "-c", `${HIDEPID} "$@"`, "sh"];
const [unshare = "", ...hiding] = OTHERS_HIDDEN;
const canHide = spawnSync(unshare, [...hiding, "true"]).status === 0;
const noHidepid = OTHER_USER.skip || (!canHide && "needs mounts, to hide the processes of others");

test("a server from which /proc hides the processes of others calls them unverifiable", {
  skip: noHidepid,
}, async () => {
  const path = join(mkdtempSync(join(tmpdir(), "tt-memwatch-hidepid-")), "s.sock");
  chmodSync(dirname(path), 0o777);
  const serving = await serve(["--text", "modern"], { path, launcher: OTHERS_HIDDEN, program: OTHER_USER.program });
  const program = client(serving, HOLD);
  const pid = await pidOf(program);
  assert.deepEqual((await serving.stats()).processes, { alive: 0, unverifiable: [pid], atExit: [] });
  await program.stop("SIGKILL");
  await serving.sees(new RegExp(`PID ${pid} ended and left 1 buffer`));
  assert.equal((await serving.stop()).stderr.match(/\/proc is hidden/g)?.length, 1);
  rmSync(dirname(path), { recursive: true });
});

/** A program in which the native library cannot be loaded, as on a machine that it is not built for. */
const NO_LIBRARY = `--import=data:text/javascript,${encodeURIComponent(`
import { registerHooks } from "node:module";
registerHooks({ resolve: (name, context, next) => {
  if (name === "koffi") throw new Error("no koffi here");
  return next(name, context);
} });`)}`;

test("a server without its native library serves, says so once, and calls all owners unverifiable", async () => {
  const serving = await serve(["--text", "modern"], { env: { NODE_OPTIONS: NO_LIBRARY } });
  const program = client(serving, HOLD);
  const pid = await pidOf(program);
  assert.deepEqual((await serving.stats()).processes, { alive: 0, unverifiable: [pid], atExit: [] });
  await program.stop("SIGKILL");
  assert.deepEqual(await holders(serving), [["0x1000", pid]]);
  assert.deepEqual((await serving.stats()).processes.unverifiable, [pid]);
  const { stderr, exitCode } = await serving.stop();
  assert.deepEqual(
    [stderr.match(/the server cannot find out who connects \(no koffi here\)/g)?.length, exitCode],
    [1, 0],
  );
});
