import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { encodeRequest } from "../src/in/wire/server-requests.ts";
import { allocation, Client, FRAME_BYTES, frame, MessageType, request } from "./serve-client.ts";
import { serve } from "./serve-program.ts";

test("frames cut at every byte are read as if they were whole", async () => {
  const serving = await serve(["--quiet"]);
  const both = Buffer.concat([allocation(1), allocation(2)]);
  const clients = [];
  for (let cut = 1; cut < both.length; cut += 1) {
    const client = await serving.connect();
    clients.push(client);
    await client.send(both.subarray(0, cut));
    // Once this is answered the first part has been read.
    await serving.ask({ request: "checkpoint" });
    await client.send(both.subarray(cut));
  }
  await serving.ask({ request: "checkpoint" });
  const { messages, connections } = await serving.stats();
  assert.deepEqual([messages.applied, connections.refusals], [2 * clients.length, []]);
  assert.deepEqual(await serving.addresses(), ["0x1", "0x2"]);
  await serving.stop();
});

/** The same bytes for the same seed. */
function* randomBytes(seed: number, byteCount: number): Generator<Buffer, void, void> {
  for (let sent = 0; sent < byteCount; sent += 32) yield createHash("sha256").update(`${seed} ${sent}`).digest();
}

test("garbage closes its own connection and nothing else", async () => {
  const serving = await serve(["--quiet"]);
  const kept = await serving.connect();
  await kept.send(allocation(0x1000));
  for (let seed = 0; seed < 20; seed += 1) {
    const client = await serving.connect();
    await client.send(Buffer.concat([...randomBytes(seed, 1_048_576)]));
    await client.closed;
  }
  await kept.send(allocation(0x2000));
  const { connections, messages } = await serving.stats();
  assert.deepEqual([connections.refused, messages.outcomes.allocated], [20, 2]);
  for (const refusal of connections.refusals) assert.match(refusal, /wanted/);
  await serving.stop();
});

test("a client that says much after it was refused is not read on", async () => {
  const serving = await serve(["--quiet"]);
  const client = await serving.connect();
  const sent = client.send(Buffer.concat([Buffer.from([0]), Buffer.alloc(FRAME_BYTES), allocation(1)]));
  await Promise.all([sent, client.closed]);
  assert.deepEqual(await serving.addresses(), []);
  await serving.stop();
});

for (const [what, bytes] of [
  ["a frame", allocation(1).subarray(0, 20)],
  ["a request in text", Buffer.from('memwatch {"request":')],
] as const) {
  test(`${what} that does not go on is given up after a while, and the statistics say so`, async () => {
    const serving = await serve(["--quiet"]);
    const client = await serving.connect();
    await client.send(bytes);
    await client.closed;
    const { connections } = await serving.stats();
    assert.match(connections.refusals.join(), new RegExp(`after ${bytes.length} bytes`));
    await serving.stop();
  });
}

test("a client that asks and never reads is closed, and others are answered meanwhile", async () => {
  const serving = await serve(["--quiet"]);
  const deaf = await serving.connect();
  deaf.socket.pause();
  const asked = deaf.send(Buffer.concat(Array.from({ length: 100_000 }, () => request(MessageType.query))));
  const other = await serving.connect();
  for (let round = 0; round < 100; round += 1) {
    await other.send(request(MessageType.query));
    await other.receives(FRAME_BYTES);
  }
  await asked;
  const { connections } = await serving.stats();
  assert.match(connections.refusals.join(), /^it asks and does not read: \d+ bytes of answers wait$/);
  deaf.close();
  await serving.stop();
});

test("a client that never reads a long list does not keep others waiting", async () => {
  const serving = await serve(["--quiet"]);
  const client = await serving.connect();
  await client.send(Buffer.concat(Array.from({ length: 50_000 }, (_, index) => allocation(index))));
  const deaf = await serving.connect();
  deaf.socket.pause();
  await deaf.send(Buffer.from('memwatch {"request":"dump","listedMax":null,"since":null}\n'));
  assert.equal((await serving.addresses()).length, 50_000);
  deaf.close();
  assert.equal((await serving.stats()).messages.applied, 50_000);
  await serving.stop();
});

test("what a client sends behind its own request comes after the answer, and no other client waits for that", async () => {
  const serving = await serve(["--quiet"]);
  const client = await serving.connect();
  await client.send(Buffer.concat(Array.from({ length: 50_000 }, (_, index) => allocation(index))));
  const deaf = await serving.connect();
  deaf.socket.pause();
  const requests = [{ request: "dump", listedMax: null, since: null }, { request: "reset" }] as const;
  await deaf.send(Buffer.from(requests.map(encodeRequest).join("")));
  assert.equal((await serving.addresses()).length, 50_000);
  deaf.socket.resume();
  const answers = await deaf.receivesText(/"kind":"end","live":0\}\n$/);
  assert.match(answers, /"kind":"end","live":50000\}\n/);
  assert.deepEqual(await serving.addresses(), []);
  deaf.close();
  await serving.stop();
});

test("a client that ends in the middle of a frame is named, what it said before counts", async () => {
  const serving = await serve(["--quiet"]);
  const client = await serving.connect();
  await client.send(Buffer.concat([allocation(1), allocation(2).subarray(0, 30)]));
  client.socket.end();
  await client.closed;
  const { connections } = await serving.stats();
  assert.deepEqual(connections.refusals, ["it ended 30 bytes into a frame"]);
  assert.deepEqual(await serving.addresses(), ["0x1"]);
  await serving.stop();
});

test("a client that sends, asks and ends its side is answered before the connection is over", async () => {
  const serving = await serve(["--quiet"]);
  const client = await serving.connect();
  client.socket.end(Buffer.concat([allocation(1), request(MessageType.query)]));
  const reply = await client.receives(FRAME_BYTES);
  assert.equal(reply.readBigUInt64LE(40), 4096n);
  await client.closed;
  await serving.stop();
});

test("clients that ask and leave at once do no harm", async () => {
  const serving = await serve(["--quiet"]);
  for (let round = 0; round < 500; round += 1) {
    const client = await serving.connect();
    await client.send(request(MessageType.query));
    client.close();
  }
  const { connections } = await serving.stats();
  assert.deepEqual([connections.open, connections.refused], [1, 0]);
  assert.equal((await serving.stop()).exitCode, 0);
});

test("a thousand clients at once are all served", async () => {
  const serving = await serve(["--quiet"]);
  const clients = await connectMany(serving.path, 1_000);
  await Promise.all(clients.map((client, index) => client.send(allocation(index))));
  const { connections, messages } = await serving.stats();
  assert.deepEqual([connections.open, messages.applied], [1_001, 1_000]);
  for (const client of clients) client.close();
  await serving.stop();
});

/** Not more at a time than may wait to be accepted. */
async function connectMany(path: string, count: number): Promise<Client[]> {
  const clients: Client[] = [];
  while (clients.length < count) {
    const portion = Math.min(100, count - clients.length);
    clients.push(...(await Promise.all(Array.from({ length: portion }, () => Client.connect(path)))));
    await clients.at(-1)?.send(frame(FRAME_BYTES, { type: MessageType.query }));
    await clients.at(-1)?.receives(FRAME_BYTES);
  }
  return clients;
}

test("clients beyond the descriptors there are get turned away and counted; when others leave, new ones come in", async () => {
  const serving = await serve([], { launcher: ["prlimit", "--nofile=256:256"] });
  const clients = await Promise.all(Array.from({ length: 120 }, () => Client.connect(serving.path)));
  const more = await Promise.all(Array.from({ length: 120 }, () => Client.connect(serving.path)));
  const [, max] = await serving.sees(/(\d+) clients are connected: turning others away/);
  assert.ok(Number(max) > 180, `${max} of 256`);
  const { promise: areTurnedAway, resolve } = Promise.withResolvers<void>();
  let left = 120 + 120 - Number(max);
  for (const client of more) void client.closed.then(() => --left === 0 && resolve());
  await areTurnedAway;
  await clients[0]?.send(request(MessageType.query));
  await clients[0]?.receives(FRAME_BYTES);
  for (const client of [...clients, ...more]) client.close();
  const { connections } = await untilAnswered(() => serving.stats());
  assert.ok(connections.dropped >= 120 + 120 - Number(max), `${connections.dropped} dropped`);
  assert.equal((await serving.stop()).exitCode, 0);
});

test("with 64 descriptors as many clients are served as there is room for, and statistics and lists as ever", async () => {
  const serving = await serve(["--quiet"], { launcher: ["prlimit", "--nofile=64:64"] });
  const clients: Client[] = [];
  for (let number = 0; number < 20; number += 1) clients.push(await Client.connect(serving.path));
  for (const [number, client] of clients.entries()) {
    await client.send(Buffer.concat([allocation(number), request(MessageType.query)]));
    await client.receives(FRAME_BYTES);
  }
  const { connections } = await serving.stats();
  assert.deepEqual([connections.open, connections.dropped], [21, 0]);
  assert.equal((await serving.addresses()).length, 20);
  for (const client of clients) client.close();
  assert.equal((await serving.stop()).exitCode, 0);
});

/** The server hears that clients have left only after that of new ones. */
async function untilAnswered<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      assert.match(String(error), /closed after 0 bytes|ECONNRESET/);
    }
  }
}
