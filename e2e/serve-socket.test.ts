import assert from "node:assert/strict";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { AS_NOBODY, NOBODY, OTHER_USER } from "./other-user.ts";
import {
  isListening,
  makeFolder,
  makeSocketPath,
  Program,
  type ServeOptions,
  Serving,
  serve,
} from "./serve-program.ts";

const IS_ROOT = process.getuid?.() === 0;

const BY_NOBODY: ServeOptions = { launcher: AS_NOBODY, program: OTHER_USER.program };

/** Starts a server that is to refuse; gives its one line. */
async function refusal(path: string, flags: readonly string[] = [], options: ServeOptions = {}): Promise<string> {
  const end = await new Serving(flags, { path, ...options }).end();
  assert.deepEqual([end.exitCode, end.stdout], [2, ""], end.stderr);
  assert.match(end.stderr, /^tt-memwatch: .*\n$/);
  return end.stderr;
}

test("a live server's socket is not taken; the message names its process and command", async () => {
  const serving = await serve([]);
  const message = await refusal(serving.path);
  assert.match(message, new RegExp(`s\\.sock belongs to process ${serving.pid} \\(.*main\\.mjs serve --socket`));
  assert.equal(await isListening(serving.path), true);
  assert.equal((await serving.stop()).exitCode, 0);
});

test("a live server's socket is not taken through another name of its folder", async () => {
  const serving = await serve([]);
  const alias = join(makeFolder(), "alias");
  symlinkSync(dirname(serving.path), alias);
  assert.match(await refusal(join(alias, "s.sock")), new RegExp(`belongs to process ${serving.pid}`));
  await serving.stop();
});

/** A server that makes no claim, as the earlier one. */
const STRANGER = `
import os, socket, sys
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen(0)
queued = []
for _ in range(int(sys.argv[2])):
    queued.append(socket.socket(socket.AF_UNIX))
    queued[-1].connect(sys.argv[1])
print("READY", flush=True)
sys.stdin.read()
`;

for (const [what, queued] of [
  ["accepts nobody for a while", 0],
  ["has as many clients waiting as it lets wait", 1],
] as const) {
  test(`the socket of another program that ${what} is not taken`, async () => {
    const path = makeSocketPath();
    const stranger = new Program(["python3", "-c", STRANGER, path, String(queued)]);
    await stranger.sees(/READY/);
    const { ino } = statSync(path);
    assert.match(await refusal(path), queued === 0 ? /belongs to process \d+ \(.*python/ : /belongs to another server/);
    assert.equal(statSync(path).ino, ino);
    await stranger.stop();
  });
}

test("a socket that nobody listens on any more is replaced", async () => {
  const path = makeSocketPath();
  const stranger = new Program(["python3", "-c", STRANGER, path, "0"]);
  await stranger.sees(/READY/);
  await stranger.stop("SIGKILL");
  assert.equal(existsSync(path), true);
  const serving = await serve([], { path });
  assert.equal((await serving.stats()).server.pid, serving.pid);
  await serving.stop();
});

test("after a server was killed the next one starts", async () => {
  const killed = await serve([]);
  await killed.stop("SIGKILL");
  assert.equal(existsSync(killed.path), true);
  const serving = await serve([], { path: killed.path });
  await serving.stop();
});

test("of servers that are started at once exactly one wins", async () => {
  for (const isStale of [false, true]) {
    const path = makeSocketPath();
    if (isStale) await (await serve([], { path })).stop("SIGKILL");
    const servers = Array.from({ length: 4 }, () => new Serving([], { path }));
    const ends: (number | null)[] = [];
    const losers = servers.map(async (each) => {
      const { exitCode, stderr } = await each.end();
      ends.push(exitCode);
      if (exitCode === 2) assert.match(stderr, /belongs to (another server|process \d+)/);
      // The winner is told to stop once it is alone.
      if (ends.length === servers.length - 1) for (const other of servers) other.child.kill();
    });
    await Promise.all(losers);
    assert.deepEqual(ends, [2, 2, 2, 0]);
    assert.equal(existsSync(path), false);
  }
});

test("a path that cannot be used is one clear line and exit code 2", async () => {
  const folder = makeFolder();
  const file = join(folder, "file");
  writeFileSync(file, "precious");
  assert.match(await refusal(file), /file is a file, not a socket: remove it/);
  assert.equal(readFileSync(file, "utf8"), "precious");
  assert.match(await refusal(folder), /is a directory: choose a name in it/);
  assert.match(await refusal(join(folder, "none", "s.sock")), /none is not a directory: make it/);
  assert.match(await refusal(join(file, "s.sock")), /file is not a directory: make it/);
  assert.match(await refusal("/proc/self/s.sock"), /cannot (use|listen on) .*s\.sock: .*/);
  assert.match(await refusal(join("/tmp", "x".repeat(103))), /has 108 bytes, more than the 107 of a socket's path/);
});

test("a path as long as a socket's may be is served", async () => {
  const folder = makeFolder();
  const path = join(folder, "x".repeat(107 - folder.length - 1));
  const serving = await serve([], { path });
  assert.match(await refusal(path), new RegExp(`belongs to process ${serving.pid} `));
  await serving.stop();
});

test("another user's folder or leftover socket is one clear line", { skip: OTHER_USER.skip }, async () => {
  const closed = makeFolder();
  mkdirSync(join(closed, "inner"));
  openToAll(dirname(closed));
  assert.match(await refusal(join(closed, "inner", "s.sock"), [], BY_NOBODY), /cannot use .*permission denied/i);
  const unwritable = makeFolder();
  chmodSync(unwritable, 0o755);
  assert.match(await refusal(join(unwritable, "s.sock"), [], BY_NOBODY), /cannot listen on .*permission denied/);
  const stale = makeSocketPath();
  await (await serve(["--mode", "666"], { path: stale })).stop("SIGKILL");
  chmodSync(dirname(stale), 0o1777);
  assert.match(await refusal(stale, [], BY_NOBODY), /cannot use .*not permitted/i);
  assert.equal(existsSync(stale), true);
});

test("a live socket that may not be spoken to is not taken", { skip: OTHER_USER.skip }, async () => {
  const path = makeSocketPath();
  openToAll(dirname(dirname(path)));
  chownSync(dirname(path), NOBODY, NOBODY);
  const stranger = new Program(["python3", "-c", STRANGER, path, "0"]);
  await stranger.sees(/READY/);
  chmodSync(path, 0o600);
  assert.match(await refusal(path, [], BY_NOBODY), /belongs to another server/);
  assert.equal(existsSync(path), true);
  await stranger.stop();
});

function openToAll(folder: string): void {
  chmodSync(folder, 0o755);
}

for (const [flags, mode, gid] of [
  [[], 0o600, null],
  [["--mode", "660"], 0o660, null],
  [["--group", "12"], 0o660, 12],
  [["--group", "root", "--mode", "606"], 0o606, 0],
] as const) {
  test(`the socket has the permissions of: serve ${flags.join(" ")}`, {
    skip: !IS_ROOT && "needs root, to give a socket to a group",
  }, async () => {
    const serving = await serve(flags);
    const stat = statSync(serving.path);
    assert.equal(stat.mode & 0o777, mode);
    if (gid !== null) assert.equal(stat.gid, gid);
    await serving.stop();
  });
}

test("a group that this user is not in is refused, and nothing is left", {
  skip: OTHER_USER.skip,
}, async () => {
  const path = makeSocketPath();
  openToAll(dirname(dirname(path)));
  chmodSync(dirname(path), 0o777);
  assert.match(await refusal(path, ["--group", "0"], BY_NOBODY), /cannot .*s\.sock: .*not permitted/);
  assert.equal(existsSync(path), false);
});

test("wrong flags are refused with what to say instead", async () => {
  const path = makeSocketPath();
  for (const [flags, message] of [
    [["--mode", "888"], /--mode 888 is not a permission in octal, such as 600 or 660/],
    [["--mode", "1777"], /--mode 1777 is not a permission/],
    [["--group", "no-such-group"], /there is no group "no-such-group" in \/etc\/group/],
    [["--compat", "--text", "modern"], /--compat needs --text v72/],
    [["--json-events", "/nowhere/events"], /cannot write events to \/nowhere\/events: .*no such file/],
  ] as const) {
    assert.match(await refusal(path, flags), message);
  }
});

test("the file is gone after SIGTERM", async () => {
  const serving = await serve([]);
  assert.equal((await serving.stop()).exitCode, 0);
  assert.equal(existsSync(serving.path), false);
});

test("a server that stops leaves the socket of one that has taken its path meanwhile", async (t) => {
  const serving = await serve([]);
  // Who is answered talks to a server that has looked at its file.
  await serving.stats();
  unlinkSync(serving.path);
  const thief = createServer();
  t.after(() => thief.close());
  thief.listen(serving.path);
  await once(thief, "listening");
  assert.equal((await serving.stop()).exitCode, 0);
  assert.equal(await isListening(serving.path), true);
});
