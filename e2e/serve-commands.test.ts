import assert from "node:assert/strict";
import { statSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { ServerFinding as Finding } from "../src/core/model/server-finding.ts";
import { allocation, MessageType } from "./serve-client.ts";
import { makeFolder, makeSocketPath, PROGRAM, Program, serve } from "./serve-program.ts";

const MB = 1024 * 1024;

/** Waits until a file has more bytes than that. */
async function growsBeyond(path: string, sizeBytes: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const look = (): void => void (statSync(path).size > sizeBytes && resolve());
  const watcher = watch(path, look);
  look();
  await promise;
  watcher.close();
}

function run(...args: readonly string[]) {
  return new Program([PROGRAM, ...args]).end();
}

test("dump prints what is live to whoever asks, and what is to be said of it", async () => {
  const server = await serve(["--quiet"]);
  const client = await server.connect();
  await client.send(allocation(0x30000, { size: 12_288n, memoryType: 1 }));
  await client.send(allocation(0x40000000, { size: BigInt(200 * MB) }));
  const { stdout, exitCode } = await run("dump", "--socket", server.path);
  assert.equal(exitCode, 0);
  assert.ok(
    stdout.startsWith(`Device 0:
  DRAM: 1 buffer, 200.000 MB total
    - Buffer 0x40000000: 204800.0 KB (PID ${process.pid}, ref_count=1)
  L1: 1 buffer, 0.012 MB total
    - Buffer 0x30000: 12.0 KB (PID ${process.pid}, ref_count=1)

Total remaining buffers: 2
`),
    stdout,
  );
  assert.match(stdout, /leak {2}device 0 {2}200\.0 MB of DRAM/);
  assert.match(stdout, /expected {2}device 0 {2}12\.0 KB of L1/);
  const json = JSON.parse((await run("dump", "--json", "--socket", server.path)).stdout);
  assert.deepEqual([json.live, json.groups.length, json.buffers.length, json.findings.length], [2, 2, 2, 2]);
  client.close();
  await server.stop();
});

test("a recorded server's books are printed again from the recording, also where it was killed", async () => {
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    const recording = join(makeFolder(), "server.mcap");
    const server = await serve(["--quiet", "--record", recording]);
    const client = await server.connect();
    const begunBytes = statSync(recording).size;
    await client.send(allocation(0x30000, { size: 12_288n, memoryType: 1 }));
    const json = (await run("dump", "--json", "--socket", server.path)).stdout;
    if (signal === "SIGKILL") await growsBeyond(recording, begunBytes);
    await server.stop(signal);
    client.close();
    const replayed = await run("replay", "--json", "-", recording);
    assert.deepEqual([replayed.exitCode, replayed.stdout], [0, json], replayed.stderr);
    const inspected = await run("inspect", recording);
    assert.equal(inspected.exitCode, signal === "SIGKILL" ? 1 : 0);
    assert.match(inspected.stdout, /^command {3}an allocation server/);
    assert.match(inspected.stdout, /^booked {4}1 message$/m);
  }
});

test("many small buffers are the leak that they are together, and --rules says from when on", async () => {
  const rules = join(makeFolder(), "rules.toml");
  writeFileSync(rules, 'expected = []\n[large-buffer]\nDRAM = "1 MB"\n[verdicts]\nfail-on = ["suspect"]\n');
  for (const [flags, expected] of [
    [[], []],
    [["--rules", rules], [["large-buffer", "leak", 60, 60 * 20_480, false]]],
  ] as const) {
    const server = await serve(["--quiet", ...flags]);
    const client = await server.connect();
    for (let i = 0; i < 60; i += 1) await client.send(allocation(0x10000 * (i + 1), { size: 20_480n }));
    const { findings } = JSON.parse((await run("dump", "--json", "--socket", server.path)).stdout);
    assert.deepEqual(
      findings.map((each: Finding) => [each.rule, each.verdict, each.buffers, each.sizeBytes, each.fails]),
      expected,
    );
    client.close();
    await server.stop();
  }
});

test("rules that cannot be meant are refused before there is a server", async () => {
  const rules = join(makeFolder(), "rules.toml");
  writeFileSync(rules, '[large-buffer]\nDRAM = "much"\n');
  for (const [flags, sentence] of [
    [["--rules", rules], /rules\.toml:2:1: large-buffer\.DRAM is "much"; wanted a size/],
    [["--rules", rules, "--compat", "--text", "v144"], /--compat judges nothing: leave --rules or --compat out/],
  ] as const) {
    const { exitCode, stderr } = await run("serve", "--socket", makeSocketPath(), ...flags);
    assert.equal(exitCode, 2);
    assert.match(stderr, sentence);
  }
});

test("findings of a dump stand in the order of all findings", async () => {
  const server = await serve(["--quiet"]);
  const client = await server.connect();
  await client.send(allocation(0x1000, { size: 12_288n, memoryType: 1 }));
  await client.send(allocation(0x2000, { size: 4096n, device: 1 }));
  await client.send(allocation(0x3000, { size: BigInt(200 * MB), device: 2 }));
  for (let i = 0; i < 3; i += 1) await client.send(allocation(0x4000, { size: BigInt(2 * MB), device: 3 }));
  const { stdout } = await run("dump", "--socket", server.path);
  const told = stdout.split("\n").flatMap((line) => /^([a-z-]+) {2}device (\d)/.exec(line)?.slice(1).join(" ") ?? []);
  assert.deepEqual(told, ["leak 2", "suspect 3", "program-cache 1", "expected 0"]);
  client.close();
  await server.stop();
});

test("buffers that were freed too often are reported by dump and by the server when it stops, with what happened to them", async () => {
  const server = await serve(["--text", "modern"]);
  const client = await server.connect();
  await client.send(allocation(0x1000));
  for (let i = 0; i < 2; i += 1) await client.send(allocation(0x1000, { type: MessageType.free, size: 0n }));
  const at = ["--socket", server.path];
  const free = `FREE 4.0 KB (PID ${process.pid})`;
  const told = `Freed more often than allocated: 1
  - Buffer 0x1000 on device 0: allocated 1, freed 2
    newest first: ${free}, ${free}, ALLOC 4.0 KB (PID ${process.pid})
`;
  assert.equal((await run("dump", ...at)).stdout, `No buffers remaining\n\n${told}`);
  const { doubleFreed } = JSON.parse((await run("dump", "--json", ...at)).stdout);
  const [{ events, ...known }] = doubleFreed;
  assert.deepEqual(known, { device: 0, address: "0x1000", allocs: 1, frees: 2 });
  assert.deepEqual(
    events.map(({ kind }: { readonly kind: string }) => kind),
    ["FREE", "FREE", "ALLOC"],
  );
  assert.match((await run("stats", ...at)).stdout, /1 double-free/);
  const { stdout } = await server.stop();
  assert.ok(stdout.includes(told), stdout);
});

test("more than ten buffers of a kind are listed only with --all", async () => {
  const server = await serve(["--quiet"]);
  const client = await server.connect();
  for (let i = 0; i < 11; i += 1) await client.send(allocation(0x1000 * (i + 1)));
  assert.doesNotMatch((await run("dump", "--socket", server.path)).stdout, /Buffer/);
  assert.equal((await run("dump", "--all", "--socket", server.path)).stdout.match(/Buffer 0x/g)?.length, 11);
  client.close();
  await server.stop();
});

test("baseline compare tells what is new since, by its exit code too", async () => {
  const server = await serve(["--quiet"]);
  const at = ["--socket", server.path];
  const client = await server.connect();
  await client.send(allocation(0x1000));
  assert.match((await run("baseline", "save", "morning", ...at)).stdout, /^saved morning: 1 live buffer$/m);
  const { exitCode, stdout } = await run("baseline", "compare", "morning", ...at);
  assert.deepEqual([exitCode, stdout], [0, "Nothing is live that was allocated since morning\n"]);
  await client.send(allocation(0x2000, { size: BigInt(MB) }));
  const once = await run("baseline", "compare", "morning", ...at);
  assert.equal(once.exitCode, 1);
  assert.match(once.stdout, /0x2000/);
  assert.doesNotMatch(once.stdout, /0x1000/);
  await client.send(allocation(0x3000, { size: BigInt(MB) }));
  assert.match(
    (await run("baseline", "compare", "morning", ...at)).stdout,
    /leak .*grew at each of 2 comparisons: 1\.0 MB, 2\.0 MB/,
  );
  const unknown = await run("baseline", "compare", "evening", ...at);
  assert.equal(unknown.exitCode, 2);
  assert.match(unknown.stderr, /no baseline named "evening"/);
  client.close();
  await server.stop();
});

test("reset forgets what is live, and a free of it is unknown", async () => {
  const server = await serve(["--quiet"]);
  const client = await server.connect();
  await client.send(allocation(0x1000));
  assert.match((await run("reset", "--socket", server.path)).stdout, /^forgot 1 live buffer$/m);
  await client.send(allocation(0x1000, { type: MessageType.free, size: 0n }));
  assert.deepEqual((await server.stats()).messages.outcomes, { "unknown-free": 1 });
  client.close();
  await server.stop();
});

test("stats and doctor know the server, and doctor names a misspelt variable", async () => {
  const server = await serve(["--quiet"]);
  const client = await server.connect();
  await client.send(allocation(0x1000));
  await client.send(allocation(0x2000));
  const stats = await run("stats", "--socket", server.path);
  assert.match(stats.stdout, new RegExp(`PID ${server.pid}, .*${server.path}`));
  assert.match(stats.stdout, /2 allocated/);
  const misspelt = { TT_ALLOC_SERVER_ENABLED: "1" };
  const doctor = await new Program([PROGRAM, "doctor", "--socket", server.path], misspelt).end();
  assert.equal(doctor.exitCode, 1);
  assert.match(doctor.stdout, new RegExp(`✓ server .* PID ${server.pid} `));
  assert.match(doctor.stdout, /✗ TT_ALLOC_SERVER_ENABLED/);
  assert.match(doctor.stdout, /1 x 144/);
  client.close();
  await server.stop();
});

test("without a server a command ends with 2 and says how to start one", async () => {
  const { exitCode, stdout, stderr } = await run("dump", "--socket", makeSocketPath());
  assert.deepEqual([exitCode, stdout, stderr.trimEnd().split("\n").length], [2, "", 1]);
  assert.match(stderr, /^tt-memwatch: no server on .*: start one with `tt-memwatch serve`/);
});

test("run and doctor refuse an empty path in one sentence", async () => {
  for (const command of [
    ["doctor", "--socket", ""],
    ["run", "--socket", "", "--", "true"],
  ]) {
    const { exitCode, stderr } = await run(...command);
    assert.deepEqual([exitCode, stderr], [2, 'tt-memwatch: --socket needs a path, got ""\n']);
  }
});

test("a baseline's name may have 100 characters of any kind", async () => {
  const server = await serve(["--quiet"]);
  const at = ["--socket", server.path];
  assert.equal((await run("baseline", "save", "é".repeat(100), ...at)).exitCode, 0);
  assert.equal((await run("baseline", "compare", "é".repeat(100), ...at)).exitCode, 0);
  for (const name of ["", "é".repeat(101)]) {
    const { exitCode, stderr } = await run("baseline", "save", name, ...at);
    assert.equal(exitCode, 2);
    assert.match(stderr, new RegExp(`a baseline's name has 1 to 100 characters, got ${name.length}`));
  }
  await server.stop();
});

test("dump --wait waits for a server that is being started", async () => {
  const path = makeSocketPath();
  const waiting = new Program([PROGRAM, "dump", "--wait", "--socket", path]);
  const server = await serve(["--quiet"], { path });
  const { exitCode, stdout } = await waiting.end();
  assert.deepEqual([exitCode, stdout], [0, "No buffers remaining\n"]);
  await server.stop();
});
