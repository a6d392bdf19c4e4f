import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import {
  at,
  Bench,
  cleanUp,
  connecting,
  newRing,
  ringOf,
  sleeper,
} from "../../../fixtures/allocation-server/ring-bench.ts";

after(cleanUp);

test("those who have little to read are read first, whoever came first", async () => {
  await using bench = await Bench.open();
  const child = await sleeper();
  using flooded = newRing({ capacity: 65_536 });
  using quiet = ringOf(child);
  await bench.announce(flooded.path);
  await bench.announce(quiet.path, child.pid);
  for (let address = 0; address < 60_000; address += 1) flooded.write(at(address));
  quiet.write(at(7));
  const reading = bench.server.traced.catchUp(null);
  const [records] = [bench.server.traced.list().map((status) => status.records)];
  assert.ok(records?.[0] !== undefined && records[0] < 60_000, `in one turn ${records?.[0]} were read`);
  assert.equal(records[1], 1);
  await reading;
});

test("a dump waits for a record that is being written, and not for ever", async () => {
  await using bench = await Bench.open();
  using ring = newRing();
  await bench.announce(ring.path);
  const ticket = ring.begin();
  ring.write(at(2));
  const dump = bench.live();
  await delay(50);
  ring.complete(ticket, at(1));
  assert.deepEqual(await dump, [1, 2]);
  ring.begin();
  ring.write(at(4));
  assert.deepEqual(await bench.live(), [1, 2], "nobody knows whether it frees what is behind it");
});

test("a dump has what was live when its asker connected, whatever the asker did while it waited to be read", async () => {
  await using bench = await Bench.open();
  using ring = newRing();
  await bench.announce(ring.path);
  ring.write(at(1)).write(connecting());
  ring.write(at(1, { kind: "free" })).write(at(2));
  await delay(50);
  assert.deepEqual(await bench.live(), [1]);
  assert.deepEqual(await bench.live(), [2], "asked again without a record of it");
});

test("who connected before and asked for nothing does not answer for who asks now", async () => {
  await using bench = await Bench.open();
  using ring = newRing();
  await bench.announce(ring.path);
  ring.write(at(1)).write(connecting());
  const silent = connect(bench.path);
  await once(silent, "connect");
  ring.write(at(2)).write(connecting()).write(at(3));
  assert.deepEqual(await bench.live(), [1, 2]);
  silent.destroy();
});

test("the dump of somebody else waits until an asker has been answered", async () => {
  await using bench = await Bench.open();
  const child = await sleeper();
  using ring = ringOf(child);
  await bench.announce(ring.path, child.pid);
  ring
    .write(at(1))
    .write(connecting())
    .write(at(1, { kind: "free" }));
  const startedMs = performance.now();
  assert.deepEqual(await bench.live(), [], "of an asker that never came");
  const waitedMs = performance.now() - startedMs;
  assert.ok(waitedMs > 200 && waitedMs < 2_000, `${waitedMs} ms`);
});

test("of two askers at the same time the first does not wait for the answer of the other", async () => {
  await using bench = await Bench.open();
  const child = await sleeper();
  using first = newRing();
  using second = ringOf(child);
  await bench.announce(first.path);
  await bench.announce(second.path, child.pid);
  first.write(at(1)).write(connecting());
  second
    .write(at(2))
    .write(connecting())
    .write(at(2, { kind: "free" }));
  assert.deepEqual(await bench.live(), [1, 2]);
});

test("connections of before the ring was followed stop nothing", async () => {
  await using bench = await Bench.open();
  using ring = newRing();
  ring.write(connecting()).write(at(1));
  await bench.announce(ring.path);
  assert.deepEqual(await bench.live(), [1]);
});
