import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { frame } from "../../../fixtures/allocation-server/build-frames.ts";
import {
  at,
  Bench,
  cleanUp,
  folder,
  newRing,
  ringOf,
  sleeper,
} from "../../../fixtures/allocation-server/ring-bench.ts";
import { MessageType } from "../../core/model/buffer-message.ts";
import { makeRingFolder } from "../../in/sources/ring-folder.ts";
import { socketDigest } from "../../in/sources/socket-claim.ts";

after(cleanUp);

test("what a process recorded before a dump was asked for is in it, and what it freed is not", async () => {
  await using bench = await Bench.open();
  using ring = newRing();
  assert.deepEqual((await bench.announce(ring.path)).state, "followed");
  for (const address of [1, 2, 3]) ring.write(at(address));
  assert.deepEqual(await bench.live(), [1, 2, 3]);
  ring.write(at(2, { kind: "free" }));
  assert.deepEqual(await bench.live(), [1, 3]);
  const [buffer] = await bench.of("buffer");
  assert.equal(buffer?.pid, process.pid);
});

test("the line, the operation and the test of a buffer come with it", async () => {
  await using bench = await Bench.open();
  using ring = newRing();
  await bench.announce(ring.path);
  const stack = ring.addStack([{ file: "/suite/model.py", line: 8, function: "load" }]);
  const operation = ring.addStack([{ file: "", line: 0, function: "ttnn.zeros" }]);
  const names: readonly (readonly [number, string | null])[] = [
    [3, "a.py::test_a"],
    [5, null],
    [9, "a.py::test_b"],
  ];
  for (const [context, name] of names) await bench.tell({ request: "test", pid: process.pid, context, test: name });
  for (const context of [2, 4, 5, 12]) ring.write(at(context, { context, stack, operation, sizeBytes: 100 }));
  await bench.live();
  const buffers = await bench.of("buffer");
  assert.deepEqual(
    buffers.map(({ origin }) => origin?.test),
    [null, "a.py::test_a", null, "a.py::test_b"],
  );
  assert.deepEqual(buffers[0]?.origin, {
    requestedBytes: 100,
    operation: "ttnn.zeros",
    line: { file: "/suite/model.py", line: 8, function: "load" },
    test: null,
  });
});

test("a ring that is announced twice is read once", async () => {
  await using bench = await Bench.open();
  using ring = newRing();
  await bench.announce(ring.path);
  ring.write(at(1));
  assert.equal((await bench.announce(ring.path)).state, "followed");
  assert.deepEqual([await bench.live(), (await bench.traced()).length], [[1], 1]);
});

test("another ring of a process takes the place of the one before, under its name or another", async () => {
  await using bench = await Bench.open();
  using first = newRing();
  await bench.announce(first.path);
  first.write(at(1));
  assert.deepEqual(await bench.live(), [1]);
  rmSync(first.path);
  using second = newRing({}, first.path);
  second.write(at(2));
  await bench.announce(second.path);
  assert.deepEqual(await bench.live(), [2]);
});

test("a ring that was removed is read on, because its process writes on", async () => {
  await using bench = await Bench.open();
  using ring = newRing();
  await bench.announce(ring.path);
  rmSync(ring.path);
  ring.write(at(1));
  assert.deepEqual(await bench.live(), [1]);
});

test("a ring without a header is waited for until its process has ended", async () => {
  await using bench = await Bench.open();
  const child = await sleeper();
  const path = join(folder, "empty.ring");
  writeFileSync(path, Buffer.alloc(8192));
  assert.equal((await bench.announce(path, child.pid)).state, "waiting");
  assert.deepEqual(await bench.live(), []);
  child.kill("SIGKILL");
  await once(child, "exit");
  await bench.live();
  assert.deepEqual(await bench.traced(), []);
});

test("of a process that was killed in the middle of a record, all others are booked and were left at its exit", async () => {
  await using bench = await Bench.open();
  const child = await sleeper();
  using ring = ringOf(child);
  await bench.announce(ring.path, child.pid);
  ring.write(at(1));
  ring.begin();
  ring.write(at(3));
  child.kill("SIGKILL");
  await once(child, "exit");
  assert.deepEqual(await bench.live(), []);
  const [left] = await bench.of("at-exit");
  assert.deepEqual([left?.pid, left?.buffers], [child.pid, 2]);
});

test("what processes sent in frames beside their rings is given back when they have ended", async () => {
  await using bench = await Bench.open();
  const child = await sleeper();
  using ring = ringOf(child);
  await bench.announce(ring.path, child.pid);
  const socket = connect(bench.path);
  for (const id of [1n, 2n]) {
    socket.write(frame(144, { type: MessageType.allocate, device: 1, id, size: 24_576n, pid: child.pid ?? 0 }));
  }
  await bench.live();
  assert.equal(bench.server.shadow?.entries, 2);
  child.kill("SIGKILL");
  await once(child, "exit");
  await bench.live();
  await delay(50);
  assert.equal(bench.server.shadow?.entries, 0);
  socket.destroy();
});

test("records that were overwritten are counted and said in the answer", async () => {
  await using bench = await Bench.open();
  using ring = newRing({ capacity: 16 });
  for (let address = 1; address <= 20; address += 1) ring.write(at(address));
  await bench.announce(ring.path);
  assert.deepEqual(
    (await bench.of("traced")).map(({ pid, missed, lost }) => [pid, missed, lost]),
    [[process.pid, 4, 0]],
  );
  for (let address = 101; address <= 130; address += 1) ring.write(at(address));
  const [unsure] = await bench.of("traced");
  assert.deepEqual([unsure?.missed, unsure?.lost, unsure?.records], [4, 14, 32]);
});

test("the records that were lost stay counted when another ring takes the place of theirs", async () => {
  await using bench = await Bench.open();
  using first = newRing({ capacity: 16 });
  for (let address = 1; address <= 20; address += 1) first.write(at(address));
  await bench.announce(first.path);
  assert.equal(bench.server.traced.lostRecords, 4);
  using second = newRing();
  await bench.announce(second.path);
  assert.deepEqual([bench.server.traced.lostRecords, (await bench.traced())[0]?.missed], [4, 0]);
});

test("frames of a process with a ring are not booked; that they say something else is a finding", async () => {
  await using bench = await Bench.open();
  using ring = newRing();
  const socket = connect(bench.path);
  const sends = (id: bigint): void => {
    const fields = { type: MessageType.allocate, device: 1, id, size: 24_576n, pid: process.pid };
    socket.write(frame(144, fields));
  };
  sends(1n);
  assert.deepEqual(await bench.live(), [1]);
  await bench.announce(ring.path);
  ring.write(at(1, { sizeBytes: 24_576 }));
  assert.deepEqual(await bench.live(), [1]);
  assert.deepEqual(
    (await bench.of("finding")).map(({ rule }) => rule),
    ["program-cache"],
  );
  sends(2n);
  const finding = (await bench.of("finding")).find(({ rule }) => rule === "sources");
  assert.deepEqual([await bench.live(), finding?.verdict, finding?.pids], [[1], "untrusted", [process.pid]]);
  assert.match(
    finding?.evidence ?? "",
    /sent messages of 48\.0 KB in 2 buffers of DRAM, and its ring has 24\.0 KB in 1 buffer/,
  );
  socket.destroy();
});

test("a reset forgets what was live and goes on following", async () => {
  await using bench = await Bench.open();
  using ring = newRing();
  await bench.announce(ring.path);
  ring.write(at(1));
  await bench.ask({ request: "reset" });
  ring.write(at(2)).write(at(1, { kind: "free" }));
  assert.deepEqual(await bench.live(), [2]);
});

test("a server that is started later, or again, finds the rings of those who would have told it", async () => {
  const path = join(mkdtempSync(join(folder, "s-")), "s.sock");
  using ringFolder = makeRingFolder();
  const server = Buffer.from(socketDigest(path), "hex").readBigUInt64LE(0);
  using ring = newRing({ server }, join(ringFolder.path, "1.2.ring"));
  using other = newRing({ server: server + 1n }, join(ringFolder.path, "3.4.ring"));
  ring.write(at(1));
  other.write(at(9));
  for (let start = 0; start < 2; start += 1) {
    await using bench = await Bench.open(path);
    assert.deepEqual(await bench.live(), [1]);
  }
});
