import assert from "node:assert/strict";
import { once } from "node:events";
import { chownSync, truncateSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { after, test } from "node:test";
import {
  at,
  Bench,
  cleanUp,
  folder,
  newRing,
  ringOf,
  sleeper,
} from "../../../fixtures/allocation-server/ring-bench.ts";
import { SENDERS_PER_CONNECTION_MAX } from "../../in/sources/connection-senders.ts";
import { encodeRequest, REQUEST_WORD } from "../../in/wire/server-requests.ts";
import { RINGS_MAX } from "./traced-processes.ts";

after(cleanUp);

test("a ring that is cut short is reported, and what was read of it stays", async () => {
  await using bench = await Bench.open();
  using ring = newRing({ capacity: 1024 });
  await bench.announce(ring.path);
  ring.write(at(1));
  await bench.live();
  ring.write(at(2));
  truncateSync(ring.path, 4096);
  assert.deepEqual(await bench.live(), [1]);
  const [traced] = await bench.traced();
  assert.equal(traced?.state, "failed");
  assert.match(traced?.reason ?? "", /^it was cut short/);
});

for (const [what, options, reason] of [
  ["of a later version", { version: 2 }, /its version is 2/],
  ["of another process", { pid: 1 }, /it is the ring of PID 1, and PID \d+ says that it is its own/],
  ["of an earlier process with its pid", { startTicks: 7n }, /it is the ring of an earlier process/],
] as const) {
  test(`a ring ${what} is refused, and the reason is listed`, async () => {
    await using bench = await Bench.open();
    using ring = newRing(options);
    const { state, reason: told } = await bench.announce(ring.path);
    assert.equal(state, "failed");
    assert.match(told, reason);
    assert.deepEqual(
      (await bench.traced()).map(({ pid, ring: path }) => [pid, path]),
      [[process.pid, ring.path]],
    );
  });
}

test("a ring of another user is refused", { skip: process.getuid?.() !== 0 && "only root can make one" }, async () => {
  await using bench = await Bench.open();
  using ring = newRing();
  chownSync(ring.path, 12_345, 12_345);
  assert.match((await bench.announce(ring.path)).reason, /belongs to the user 12345/);
});

test("no ring, a folder and another file are refused", async () => {
  await using bench = await Bench.open();
  const file = join(folder, "note.txt");
  writeFileSync(file, "x".repeat(5_000));
  for (const path of [join(folder, "none.ring"), folder, file]) {
    assert.equal((await bench.announce(path)).state, "failed");
  }
  assert.equal((await bench.traced()).length, 3);
});

test("a process says why it is not traced", async () => {
  await using bench = await Bench.open();
  await bench.announce(null, process.pid, "this ttnn is not known");
  const [traced] = await bench.traced();
  assert.deepEqual([traced?.pid, traced?.ring, traced?.reason], [process.pid, null, "this ttnn is not known"]);
});

test("what was said against a process is over when a ring of it is followed", async () => {
  await using bench = await Bench.open();
  using ring = newRing();
  await bench.announce(null, process.pid, "this ttnn is not known");
  await bench.announce(join(folder, "none.ring"));
  assert.equal((await bench.traced()).length, 2);
  await bench.announce(ring.path);
  assert.deepEqual(
    (await bench.traced()).map(({ state }) => state),
    ["followed"],
  );
});

test("a process that a connection may no longer speak for is reported with the reason for which the connection was refused", async () => {
  await using bench = await Bench.open();
  const socket = connect(bench.path);
  const pids = Array.from({ length: SENDERS_PER_CONNECTION_MAX + 1 }, (_, index) => 5_000_000 + index);
  socket.resume().write(pids.map((pid) => encodeRequest({ request: "traced", pid, ring: null })).join(""));
  await once(socket, "close");
  const told = (await bench.traced()).map(({ pid, reason }) => [pid, reason]);
  assert.deepEqual(told.at(-1), [pids.at(-1), `it speaks for more than ${SENDERS_PER_CONNECTION_MAX} processes`]);
});

test("an error repeats no more than the beginning of what was sent", async () => {
  await using bench = await Bench.open();
  const socket = connect(bench.path);
  socket.write(`${REQUEST_WORD} ${"x".repeat(900)}\n`);
  const [bytes] = await once(socket, "data");
  socket.destroy();
  assert.match(String(bytes), /not a request of this server's protocol: memwatch x{191}…"/);
});

test("a ring whose header says what cannot be is reported, and nobody waits for it", async () => {
  await using bench = await Bench.open();
  using ring = newRing();
  await bench.announce(ring.path);
  ring.write(at(1));
  ring.setHead(2n ** 64n - 1n);
  assert.deepEqual(await bench.live(), []);
  const [traced] = await bench.traced();
  assert.deepEqual([traced?.state, traced?.reason.slice(0, 20)], ["failed", "its header says that"]);
});

test("a ring beyond the limit is reported, and followed as soon as there is a place", async () => {
  await using bench = await Bench.open();
  const sleepers = await Promise.all(Array.from({ length: RINGS_MAX }, sleeper));
  for (const child of sleepers) {
    using ring = ringOf(child);
    assert.equal((await bench.announce(ring.path, child.pid)).state, "followed");
  }
  using ring = newRing();
  assert.match((await bench.announce(ring.path)).reason, /^256 other rings are followed, the most at a time/);
  ring.write(at(7));
  assert.deepEqual(await bench.live(), []);
  const [first] = sleepers;
  first?.kill("SIGKILL");
  await once(first ?? assert.fail(), "exit");
  // What the ended process left is taken off the books first.
  await bench.live();
  assert.deepEqual(await bench.live(), [7]);
  const ofThis = (await bench.traced()).filter(({ pid }) => pid === process.pid);
  assert.deepEqual(
    ofThis.map(({ state }) => state),
    ["followed"],
  );
  for (const child of sleepers) child.kill("SIGKILL");
});
