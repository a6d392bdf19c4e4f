import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { allocation, type Client, MessageType } from "./serve-client.ts";
import { makeSocketPath, PROGRAM, Program, serve } from "./serve-program.ts";

/** Larger than any pid. */
const MADE_UP = 5_000_000;

test("made-up pids up to the limit are booked, one more is refused and named; all are given back when their clients have gone", async () => {
  const serving = await serve(["--quiet"]);
  const clients: Client[] = [];
  for (let number = 0; number < 20; number += 1) {
    const client = await serving.connect();
    clients.push(client);
    const pids = Array.from({ length: 1_000 }, (_, index) => MADE_UP + number * 1_000 + index);
    await client.send(Buffer.concat(pids.map((pid) => allocation(pid, { pid }))));
  }
  const { connections, tables } = await serving.stats();
  assert.equal(connections.refused, 4);
  assert.match(connections.refusals[0] ?? "", /^16384 processes are known, and it speaks for one more$/);
  assert.ok((tables.processes?.used ?? 0) <= 16_384);
  for (const client of clients) client.close();
  // Their ends are heard before what is asked later.
  while ((await serving.stats()).tables.processes?.used !== 0);
  assert.deepEqual(await serving.addresses(), []);
  await serving.stop();
});

test("two processes that speak in turn on one connection are kept apart, and each is looked up once", async () => {
  const serving = await serve(["--quiet"]);
  const client = await serving.connect();
  const frames = Array.from({ length: 10_000 }, (_, id) =>
    allocation(id, { pid: id % 2 === 0 ? process.pid : process.ppid }),
  );
  await client.send(Buffer.concat(frames));
  const { tables, messages } = await serving.stats();
  assert.deepEqual([tables.processes?.used, tables.buffers?.used, messages.applied], [2, 10_000, 10_000]);
  await serving.stop();
});

test("a limit of listed buffers beyond what is kept is not a request, and closes nothing else", async () => {
  const serving = await serve(["--quiet"]);
  for (const [listedMax, kind] of [
    [10_000, "end"],
    [10_001, "error"],
  ] as const) {
    const answers = await serving.ask({ request: "dump", listedMax, since: null });
    assert.equal(answers.at(-1)?.kind, kind);
  }
  await serving.stop();
});

/** Allocations and frees one after the other, which keep a chunk's last entry coming and going. */
test("memory that comes and goes is booked right while chunks of entries are given back and taken", async () => {
  const serving = await serve(["--quiet"]);
  const client = await serving.connect();
  for (let round = 0; round < 3; round += 1) {
    const ids = Array.from({ length: 40_000 }, (_, id) => id);
    await client.send(Buffer.concat(ids.map((id) => allocation(id))));
    await client.send(Buffer.concat(ids.map((id) => allocation(id, { type: MessageType.free }))));
  }
  const { messages, tables } = await serving.stats();
  assert.deepEqual([messages.outcomes.allocated, messages.outcomes.freed], [120_000, 120_000]);
  assert.equal(tables.buffers?.used, 4_096, "what is remembered of freed buffers");
  await serving.stop();
});

for (const [what, answer] of [
  ["no JSON", "HTTP/1.1 400 Bad Request\n"],
  ["JSON of another kind", '{"kind":"later"}\n'],
  ["JSON nested a hundred thousand times", `${"[".repeat(100_000)}\n`],
  ["bytes without end", "x".repeat(20_000_000)],
  ["nothing, and leaves", ""],
] as const) {
  test(`a server that answers ${what} costs whoever asks one sentence and exit code 2`, async () => {
    const path = makeSocketPath();
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => socket.end(answer));
    }).listen(path);
    await once(server, "listening");
    for (const command of ["stats", "dump"]) {
      const end = await new Program([PROGRAM, command, "--socket", path]).end();
      assert.equal(end.exitCode, 2, end.stderr);
      assert.match(end.stderr, /^tt-memwatch: [^\n]+\n$/);
    }
    // A run goes on without it.
    const end = await new Program([PROGRAM, "run", "--socket", path, "--", "true"]).end();
    assert.equal(end.exitCode, 3, end.stderr);
    assert.match(end.stdout, /no allocation server took part/);
    server.close();
  });
}
