import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { allocation, MessageType } from "./serve-client.ts";
import { makeFolder, PROGRAM, Program, type Serving, serve } from "./serve-program.ts";

const EVENTS = 20_000;

/** Sends more events than any pipe or small disk holds, and waits until they are booked. */
async function sendMuch(serving: Serving, fields: Parameters<typeof allocation>[1] = {}): Promise<void> {
  const client = await serving.connect();
  await client.send(Buffer.concat(Array.from({ length: EVENTS }, (_, index) => allocation(index, fields))));
  await serving.ask({ request: "checkpoint" });
  client.close();
}

/** The statistics, once they show that something was lost. */
async function untilLost(serving: Serving): Promise<number> {
  for (;;) {
    const { lost } = await serving.stats();
    if (lost > 0) return lost;
  }
}

test("a full disk costs events, which are counted; the server says it once and lives", async () => {
  const serving = await serve(["--quiet", "--json-events", "/dev/full"]);
  await sendMuch(serving);
  await untilLost(serving);
  await sendMuch(serving);
  const { lost, messages } = await serving.stats();
  assert.deepEqual([lost, messages.applied], [2 * EVENTS, 2 * EVENTS]);
  const { exitCode, stderr } = await serving.stop();
  assert.equal(exitCode, 0);
  assert.match(stderr, /^WARN: tt-memwatch: \/dev\/full: .*no space left on device.*: no more events are written\n$/i);
});

const canMount = spawnSync("unshare", ["-m", "true"]).status === 0;

test("a disk that fills up has whole lines up to there", { skip: !canMount && "needs to mount" }, async () => {
  const folder = makeFolder();
  const script = `mount -t tmpfs -o size=64k none ${folder} && exec "$0" "$@"`;
  const file = join(folder, "events");
  const serving = await serve(["--quiet", "--json-events", file], { launcher: ["unshare", "-m", "sh", "-c", script] });
  await sendMuch(serving);
  const lost = await untilLost(serving);
  const written = readFileSync(`/proc/${serving.pid}/root${file}`, "utf8");
  const whole = written.slice(0, written.lastIndexOf("\n")).split("\n");
  for (const line of whole) assert.equal(JSON.parse(line).kind, "allocated");
  // What was collected and handed over together is lost together.
  assert.ok(lost >= EVENTS - whole.length && lost < EVENTS, `${lost} lost, ${whole.length} written`);
  assert.equal((await serving.stop()).exitCode, 0);
});

test("a reader that has gone costs text, and nothing else", async () => {
  const script = `"$@" 2>&3 | head -n 1 >&2`;
  const serving = await serve([], { launcher: ["sh", "-c", `exec 3>&2; ${script}`, "sh"] });
  await serving.sees(/Device detection/);
  await sendMuch(serving);
  await untilLost(serving);
  const { server, messages } = await serving.stats();
  assert.equal(messages.applied, EVENTS);
  process.kill(server.pid);
  const { stderr } = await serving.end();
  assert.equal(stderr.match(/WARN/g)?.length, 1, stderr);
});

test("an error output that nobody reads any more costs its lines, and nothing else", async () => {
  const script = `exec 3>&1; { "$@" 2>&1 >&3; echo "exit $?" >&3; } | head -n 1 >&2`;
  const serving = await serve(["--quiet"], { launcher: ["sh", "-c", script, "sh"] });
  const refused = async (): Promise<void> => {
    const client = await serving.connect();
    await client.send(Buffer.alloc(8));
    await client.closed;
  };
  await refused();
  await serving.sees(/closed a connection/);
  for (let round = 0; round < 10; round += 1) await refused();
  const { server, connections } = await serving.stats();
  assert.equal(connections.refused, 11);
  process.kill(server.pid);
  assert.match((await serving.end()).stdout, /exit 0/);
});

test("complaints of an earlier flavour to an error output that is closed do no harm", async () => {
  const script = `exec 3>&1; { "$@" 2>&1 >&3; echo "exit $?" >&3; } | head -n 1 >&2`;
  const serving = await serve(["--text", "v72"], { launcher: ["sh", "-c", script, "sh"] });
  for (let round = 0; round < 10; round += 1) {
    const client = await serving.connect();
    await client.send(allocation(1, { memoryType: 9 }));
    await serving.ask({ request: "checkpoint" });
    await serving.sees(/Invalid buffer_type/);
  }
  const { server } = await serving.stats();
  process.kill(server.pid);
  assert.match((await serving.end()).stdout, /exit 0/);
});

for (const descriptor of [1, 2]) {
  test(`an output ${descriptor} that nobody reads holds up neither clients nor the end`, async () => {
    const fifo = join(makeFolder(), "fifo");
    execFileSync("mkfifo", [fifo]);
    // Open for reading too, so that it has a reader, who never reads.
    const script = `exec "$@" ${descriptor}<>"${fifo}"`;
    const serving = await serve(["--text", "v72"], { launcher: ["sh", "-c", script, "sh"] });
    await sendMuch(serving, { memoryType: descriptor === 1 ? 0 : 9 });
    assert.equal((await serving.stats()).messages.applied, EVENTS);
    assert.equal((await serving.stop()).exitCode, 0);
  });
}

test("a named pipe without a reader is refused as a file for events", async () => {
  const fifo = join(makeFolder(), "fifo");
  execFileSync("mkfifo", [fifo]);
  const program = new Program([PROGRAM, "serve", "--socket", join(makeFolder(), "s"), "--json-events", fifo]);
  const { exitCode, stderr } = await program.end();
  assert.equal(exitCode, 2);
  assert.match(stderr, /cannot write events to .*fifo: ENXIO/);
});

test("events are appended to what the file has", async () => {
  const file = join(makeFolder(), "events");
  for (const _ of [1, 2]) {
    const serving = await serve(["--quiet", "--json-events", file]);
    await sendMuch(serving);
    await serving.stop();
  }
  assert.equal(existsSync(file), true);
  assert.equal(readFileSync(file, "utf8").trimEnd().split("\n").length, 2 * EVENTS);
});

const SAFE_MAX = 2n ** 53n - 1n;

test("sizes in events are integers that JSON holds, also those that cannot be true", async () => {
  const file = join(makeFolder(), "events");
  const serving = await serve(["--quiet", "--json-events", file]);
  const client = await serving.connect();
  const sizes = [SAFE_MAX, SAFE_MAX + 1n, 2n ** 64n - 1n];
  for (const size of sizes) await client.send(allocation(0x1000, { size }));
  for (const size of sizes) await client.send(allocation(0x1000, { size, type: MessageType.cbFree }));
  await serving.ask({ request: "checkpoint" });
  client.close();
  await serving.stop();
  const events = readFileSync(file, "utf8").trimEnd().split("\n");
  assert.equal(events.length, 6);
  for (const event of events) assert.equal(JSON.parse(event).sizeBytes, Number.MAX_SAFE_INTEGER, event);
});

test("a sum that JSON does not hold is reported as the largest that it does, in every answer", async () => {
  const serving = await serve(["--quiet"]);
  const client = await serving.connect();
  const TERABYTE = 2n ** 40n;
  await client.send(Buffer.concat(Array.from({ length: 8_193 }, (_, id) => allocation(id, { size: TERABYTE }))));
  assert.deepEqual((await serving.stats()).devices[0]?.sizeBytes, { DRAM: Number.MAX_SAFE_INTEGER });
  const answers = await serving.ask({ request: "dump", listedMax: 0, since: null });
  const sizes = answers.flatMap((answer) => ("sizeBytes" in answer ? [answer.sizeBytes] : []));
  assert.deepEqual(sizes, [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]);
  client.close();
  await serving.stop();
});

test("counters of an earlier version that went below zero are reported as the largest that JSON holds", async () => {
  const serving = await serve(["--quiet", "--compat", "--text", "v144"]);
  const client = await serving.connect();
  await client.send(allocation(0x1000, { type: MessageType.cbFree }));
  assert.deepEqual((await serving.stats()).devices[0]?.sizeBytes, { CB: Number.MAX_SAFE_INTEGER });
  client.close();
  await serving.stop();
});
