import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { Client, frame, MessageType, request } from "./serve-client.ts";
import { PROGRAM, Program, type Serving, serve } from "./serve-program.ts";

const runFile = promisify(execFile);

const KB = 1024n;
const MB = 1024n * KB;

/** What a conftest does to have the server list what is live: no more than sockets and `struct`. */
const FIXTURE = `
import socket, struct, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
s.connect(sys.argv[1])
s.send(struct.pack('B3xiQB3xiQQ4Q', 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
s.close()
`;

for (const [text, listed] of [
  [
    "v144",
    /Total tracked allocations: 1\n[\s\S]*- Buffer 0x3ffff800: 12 KB \(PID \d+, ref_count=1\)[\s\S]*complete\.\n/,
  ],
  ["modern", / {2}DRAM: 1 buffer, 0\.012 MB total\n {4}- Buffer 0x3ffff800: 12\.0 KB[\s\S]*remaining buffers: 1\n/],
] as const) {
  test(`a fixture of five lines of Python has what is live printed, as ${text}`, async () => {
    const serving = await serve(["--text", text]);
    const client = await serving.connect();
    await client.send(allocate(144, { size: 12n * KB, id: 0x3ffff800n }));
    await runFile("python3", ["-c", FIXTURE, serving.path]);
    await serving.sees(listed);
    assert.equal((await serving.stop()).exitCode, 0);
  });
}

function allocate(frameBytes: number, fields: { size: bigint; id: bigint; device?: number }): Uint8Array {
  return frame(frameBytes, { type: MessageType.allocate, pid: process.pid, ...fields });
}

const QUERY_BYTES = { dram: 40, l1: 48, cb: 72, kernel: 80 } as const;

test("clients with frames of 72, 112, 144 and 32 bytes at once get replies in their own layout", async () => {
  const serving = await serve(["--text", "modern"]);
  const clients = await Promise.all([72, 112, 128, 144, 32].map(() => serving.connect()));
  const [c72, c112, c128, c144, helper] = clients;
  assert.ok(c72 && c112 && c128 && c144 && helper);
  await c72.send(allocate(72, { size: MB, id: 1n }));
  await c112.send(allocate(112, { size: 2n * MB, id: 2n }));
  await c144.send(allocate(144, { size: 4n * MB, id: 3n }));
  await helper.send(frame(32, { type: MessageType.cbAllocate, size: 3n * KB, id: 0n, pid: process.pid }));
  await serving.ask({ request: "checkpoint" });
  for (const [client, frameBytes] of [
    [c72, 72],
    [c112, 112],
    [c128, 128],
    [c144, 144],
  ] as const) {
    await client.send(request(MessageType.query, frameBytes));
    const reply = await client.receives(frameBytes);
    assert.equal(reply[0], MessageType.response);
    assert.equal(reply.readBigUInt64LE(QUERY_BYTES.dram), 7n * MB);
    if (frameBytes >= 128) assert.equal(reply.readBigUInt64LE(QUERY_BYTES.cb), 3n * KB);
  }
  const { connections } = await serving.stats();
  const {
    "72": of72,
    "112": of112,
    "128": of128,
    "144": of144,
    "helper-32 (guessed)": ofHelper,
  } = connections.dialects;
  assert.deepEqual([of72, of112, of144, ofHelper], [1, 1, 1, 1], JSON.stringify(connections));
  assert.equal((of128 ?? 0) + (connections.dialects["128 (guessed)"] ?? 0), 1);
  await serving.stop();
});

test("a device query is answered at once, whatever the size of the frame", async () => {
  const serving = await serve([]);
  for (const frameBytes of [112, 128, 144]) {
    const client = await serving.connect();
    await client.send(frame(frameBytes, { type: MessageType.deviceInfoQuery, device: -1 }));
    const reply = await client.receives(frameBytes);
    assert.deepEqual([reply[0], reply.readInt32LE(4)], [MessageType.deviceInfoResponse, -1]);
    client.close();
  }
  await serving.stop();
});

test("QUERY_ALL is answered in text that ends with an empty line", async () => {
  const serving = await serve(["--text", "v144"]);
  const client = await serving.connect();
  await client.send(allocate(144, { size: 4n * KB, id: 0x1000n }));
  const asking = await serving.connect();
  await asking.send(Buffer.from("QUERY_ALL\n"));
  assert.match(await asking.receivesText(/\n\n$/), /- Buffer 0x1000: 4\.0 KB/);
  await serving.stop();
});

const SENDERS = 8;
const FRAMES = 1_000;
const ROUNDS = 20;

function manyAllocations(from: number): Uint8Array {
  const frames = Array.from({ length: FRAMES }, (_, index) => allocate(144, { size: KB, id: BigInt(from + index) }));
  return Buffer.concat(frames);
}

/** Clients send, each as fast as it can, and end; then `look` is to find all of it. */
async function inRounds(serving: Serving, look: (sent: number) => Promise<void>): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const from = round * SENDERS * FRAMES;
    const clients = await Promise.all(Array.from({ length: SENDERS }, () => serving.connect()));
    await Promise.all(clients.map((client, index) => client.send(manyAllocations(from + index * FRAMES))));
    await look((round + 1) * SENDERS * FRAMES);
    for (const client of clients) client.close();
  }
}

test("a dump has every frame that any client sent before it was asked for", async () => {
  const serving = await serve(["--text", "modern"]);
  await inRounds(serving, async (sent) => {
    const asking = await serving.connect();
    await asking.send(request(MessageType.dumpRemaining));
    await serving.sees(new RegExp(`Total remaining buffers: ${sent}\n`));
  });
  await serving.stop();
});

test("a dump request's answer has every frame that any client sent before it was asked for", async () => {
  const serving = await serve(["--text", "modern"]);
  await inRounds(serving, async (sent) => {
    const answers = await serving.ask({ request: "dump", listedMax: 0, since: null });
    assert.deepEqual(answers.at(-1), { kind: "end", live: sent });
  });
  await serving.stop();
});

test("what a client sends right behind a dump is not in that dump, but in the next", async () => {
  const serving = await serve(["--text", "modern"]);
  const client = await serving.connect();
  const dump = request(MessageType.dumpRemaining);
  const frames = [1n, 2n, 3n].map((id) => allocate(144, { size: KB, id }));
  await client.send(Buffer.concat(frames.flatMap((each) => [each, dump])));
  await serving.sees(/buffers: 1\n[\s\S]*buffers: 2\n[\s\S]*buffers: 3\n/);
  await serving.stop();
});

test("clients whose connections wait to be accepted are in a dump that a connected client asks for", async () => {
  const serving = await serve(["--text", "modern"]);
  const asking = await serving.connect();
  await asking.send(allocate(144, { size: KB, id: 1_000_000n }));
  await serving.ask({ request: "checkpoint" });
  serving.child.kill("SIGSTOP");
  const waiting = await Promise.all(Array.from({ length: 120 }, () => Client.connect(serving.path)));
  await Promise.all(waiting.map((client, id) => client.send(allocate(144, { size: KB, id: BigInt(id) }))));
  await asking.send(request(MessageType.dumpRemaining));
  serving.child.kill("SIGCONT");
  const [, total] = await serving.sees(/Total remaining buffers: (\d+)\n/);
  assert.equal(Number(total), waiting.length + 1);
  await serving.stop();
});

test("frames of a size that no known dialect has are read, warned about once a connection, and counted", async () => {
  const serving = await serve(["--quiet"]);
  const sending = await serving.connect();
  for (let id = 1n; id <= 3n; id += 1n) await sending.send(frame(152, { type: MessageType.allocate, size: 1n, id }));
  const asking = await serving.connect();
  await asking.send(request(MessageType.query, 160));
  assert.equal((await asking.receives(160)).readBigUInt64LE(40), 3n);
  asking.close();
  await asking.closed;
  await serving.sees(/a client sends frames of 160 bytes, which no known dialect has/);
  const { connections } = await serving.stats();
  assert.deepEqual([connections.unknownSizes, connections.refused], [{ 152: 1, 160: 1 }, 0]);
  const at = ["--socket", serving.path];
  const stats = await new Program([PROGRAM, "stats", ...at]).end();
  assert.match(stats.stdout, /frames of unknown size +1 connection with 152 bytes, 1 connection with 160 bytes/);
  const doctor = await new Program([PROGRAM, "doctor", ...at]).end();
  assert.match(doctor.stdout, /✗ frame size +1 connection with 152 bytes, 1 connection with 160 bytes: no known build/);
  sending.close();
  const { stderr } = await serving.stop();
  assert.equal(stderr.match(/frames of 152 bytes/g)?.length, 1);
});
