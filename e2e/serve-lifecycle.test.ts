import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { allocation, MessageType } from "./serve-client.ts";
import { makeFolder, makeSocketPath, Program, type Serving, serve } from "./serve-program.ts";

async function sendOne(serving: Serving): Promise<void> {
  const client = await serving.connect();
  await client.send(allocation(0x1000));
}

for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
  test(`${signal} prints the statistics, of all that was sent before it, and exits with 0`, async () => {
    const serving = await serve(["--text", "v144"]);
    await sendOne(serving);
    const end = await serving.stop(signal);
    assert.deepEqual([end.exitCode, end.stderr], [0, ""]);
    assert.match(
      end.stdout,
      /📊 Current Statistics:\n {2}Device 0:\n {4}Buffers: 1\n[\s\S]*Active allocations: 1\n[\s\S]*stopped\n$/,
    );
  });
}

test("SIGUSR1 prints the statistics, and the server lives on", async () => {
  const serving = await serve(["--text", "modern"]);
  for (const _ of [1, 2]) {
    await sendOne(serving);
    await serving.ask({ request: "checkpoint" });
    serving.child.kill("SIGUSR1");
    await serving.sees(/live buffers: 1\n/);
  }
  assert.equal((await serving.stats()).messages.applied, 2);
  await serving.stop();
});

test("clients that are connected do not keep the server from stopping", async () => {
  const serving = await serve(["--quiet"]);
  const client = await serving.connect();
  assert.equal((await serving.stop()).exitCode, 0);
  await client.closed;
});

const SYSTEMD = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1].replace("@", "\\0"))
print("BOUND", flush=True)
while True: print(s.recv(4096).decode().replace("\\n", "|"), flush=True)
`;

for (const what of ["file", "abstract"] as const) {
  test(`systemd is told when clients are taken and when the server stops, on a socket that is ${what}`, async () => {
    const address = what === "file" ? makeSocketPath() : `@tt-memwatch-test-${process.pid}`;
    const systemd = new Program(["python3", "-c", SYSTEMD, address]);
    await systemd.sees(/BOUND/);
    const serving = await serve(["--quiet"], { env: { NOTIFY_SOCKET: address } });
    await systemd.sees(new RegExp(`^READY=1\\|STATUS=listening on ${serving.path}$`, "m"));
    await serving.stop();
    await systemd.sees(/^STOPPING=1$/m);
    await systemd.stop();
  });
}

test("a place to tell systemd that nobody listens at does no harm", async () => {
  const serving = await serve(["--quiet"], { env: { NOTIFY_SOCKET: "/nowhere/notify" } });
  assert.equal((await serving.stop()).exitCode, 0);
});

const LARGE = { id: 0xffff_ffff_ffff_f123n, size: 100n * 1024n ** 3n, pid: 4_194_304 };

for (const flags of [
  ["--json-events", "-"],
  ["--quiet", "--json-events", "-"],
]) {
  test(`with ${flags.join(" ")} standard output is lines of JSON with exact addresses and sizes`, async () => {
    const serving = await serve(flags);
    const client = await serving.connect();
    const free = allocation(0, { type: MessageType.free, ...LARGE, size: 0n });
    const wrong = allocation(5, { size: 2n ** 64n - 1n });
    await client.send(Buffer.concat([allocation(0, LARGE), allocation(1, { size: 0n }), free, free, wrong]));
    await serving.ask({ request: "checkpoint" });
    const { stdout, exitCode } = await serving.stop();
    assert.equal(exitCode, 0);
    const events = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ["allocated", "allocated", "freed", "double-free", "refused"],
    );
    const [{ atMs, ...first }] = events;
    assert.deepEqual(first, {
      kind: "allocated",
      device: 0,
      address: "0xfffffffffffff123",
      sizeBytes: 107_374_182_400,
      memoryType: "DRAM",
      pid: 4_194_304,
      refCount: 1,
    });
    assert.ok(Number.isSafeInteger(atMs));
    assert.equal(events[4].refusal, "size");
  });
}

test("events go to a file of this user's own, text to standard output", async () => {
  const file = join(makeFolder(), "events");
  const serving = await serve(["--text", "modern", "--verbose", "--json-events", file]);
  await sendOne(serving);
  await serving.ask({ request: "checkpoint" });
  const { stdout } = await serving.stop();
  assert.match(stdout, /^\+ PID/m);
  assert.equal(JSON.parse(readFileSync(file, "utf8")).address, "0x1000");
});

test("a quiet server prints nothing", async () => {
  const serving = await serve(["--quiet"]);
  const client = await serving.connect();
  const wrong = allocation(1, { device: 99 });
  await client.send(Buffer.concat([allocation(0x1000), wrong, allocation(0, { type: MessageType.dumpRemaining })]));
  await serving.ask({ request: "checkpoint" });
  serving.child.kill("SIGUSR1");
  await serving.ask({ request: "checkpoint" });
  assert.deepEqual(await serving.stop(), { exitCode: 0, signal: null, stdout: "", stderr: "" });
});

const CLEANUP_STARTED = "🔄 Background cleanup thread started (checking every 10s)\n";
const CLEANUP_STOPPED = "🔄 Background cleanup thread stopped\n";

function detection(heading: string): string {
  return `🔍 Device detection (${heading}):\n   No devices detected\n   Server will track allocations anyway\n`;
}

for (const [text, before, name, after, stopped] of [
  ["v72", "", "Allocation Server started", `   Press Ctrl+C to stop\n${CLEANUP_STARTED}`, CLEANUP_STOPPED],
  ["v72e", "", "Enhanced Allocation Server started (with history tracking)", "", ""],
  ["v112a", null, "Allocation Server started", `   Press Ctrl+C to stop\n${CLEANUP_STARTED}`, CLEANUP_STOPPED],
  ["v112b", null, "Allocation Server started", `   Press Ctrl+C to stop\n${CLEANUP_STARTED}`, CLEANUP_STOPPED],
  [
    "v144",
    detection("using UMD Cluster for accurate specs"),
    "Allocation Server started",
    `   Press Ctrl+C to stop\n${CLEANUP_STARTED}`,
    CLEANUP_STOPPED,
  ],
] as const) {
  for (const compat of [[], ["--compat"]]) {
    test(`--text ${text} ${compat.join(" ")} begins and ends as that server did`, async () => {
      const serving = await serve(["--text", text, ...compat]);
      const { stdout } = await serving.stop();
      const start = `🚀 ${name}\n   Listening on: ${serving.path}\n${after}`;
      const end = `\n📊 Current Statistics:\n  Active allocations: 0\n${stopped}\n🛑 Allocation Server stopped\n`;
      if (before === null)
        assert.match(stdout, /^🔍 Device detection \(using TT-Metal APIs\):\n {3}No (PCIe )?devices detected\n/);
      else assert.ok(stdout.startsWith(before + start), stdout);
      assert.ok(stdout.includes(start + end), stdout);
    });
  }
}

test("--text modern begins and ends in a few words", async () => {
  const serving = await serve(["--text", "modern"]);
  const { stdout } = await serving.stop();
  assert.equal(stdout, `listening on ${serving.path}\nstop with Ctrl+C\nlive buffers: 0\nstopped\n`);
});

test("only lists are refused by a server that keeps an earlier version's books; its tables and their limits are reported", async () => {
  const serving = await serve(["--text", "v144", "--compat"]);
  await sendOne(serving);
  const { server, tables, messages } = await serving.stats();
  assert.equal(server.compat, "v144");
  assert.deepEqual(tables.buffers, { used: 1, max: 500_000 });
  assert.deepEqual(tables["remembered events"], { used: 0, max: 1_000_000 });
  assert.deepEqual(messages.refused, { full: 0, history: 0 });
  const [answer] = await serving.ask({ request: "dump", listedMax: null, since: null });
  assert.equal(answer?.kind, "error");
  await serving.stop();
});
