import assert from "node:assert/strict";
import { it } from "node:test";
import { EventKind, EventRing, packEvent } from "./event-ring.ts";

/** Events that a ring remembers. */
const HISTORY_EVENTS = 4_096;
const PID = 9;

function recordOthers(ring: EventRing, count: number): void {
  for (let i = 0; i < count; i += 1) ring.record(99, 0, packEvent(EventKind.allocate, 1), 0, 0);
}

it("tells an entry's events newest first", () => {
  const ring = new EventRing();
  const first = ring.record(4, 0, packEvent(EventKind.allocate, 1), 64, 0);
  recordOthers(ring, 3);
  const second = ring.record(4, first, packEvent(EventKind.reuse, 2), 0, 1);
  const third = ring.record(4, second, packEvent(EventKind.free, 1), 0, 1);
  assert.deepEqual(
    [...ring.walk(4, third, PID)],
    [
      { kind: "FREE", sizeBytes: 2n ** 32n, pid: PID, refCount: 1 },
      { kind: "REUSE", sizeBytes: 2n ** 32n, pid: PID, refCount: 2 },
      { kind: "ALLOC", sizeBytes: 64n, pid: PID, refCount: 1 },
    ],
  );
  assert.deepEqual([...ring.walk(4, 0, PID)], []);
});

for (const [later, events] of [
  [HISTORY_EVENTS - 1, 1],
  [HISTORY_EVENTS, 0],
  [HISTORY_EVENTS + 1, 0],
] as const) {
  it(`remembers ${events} of an event after ${later} others`, () => {
    const ring = new EventRing();
    const number = ring.record(4, 0, packEvent(EventKind.allocate, 1), 1, 0);
    recordOthers(ring, later);
    assert.equal([...ring.walk(4, number, PID)].length, events);
  });
}

it("ends a history where it was overwritten", () => {
  const ring = new EventRing();
  const first = ring.record(4, 0, packEvent(EventKind.allocate, 1), 1, 0);
  recordOthers(ring, HISTORY_EVENTS - 1);
  const second = ring.record(4, first, packEvent(EventKind.free, 0), 1, 0);
  assert.deepEqual(
    [...ring.walk(4, second, PID)].map(({ kind }) => kind),
    ["FREE"],
  );
});

for (const first of [2 ** 31 - 2, -2]) {
  it(`goes on where its numbers go round, from ${first}`, () => {
    const ring = new EventRing(first);
    let number = 0;
    for (let refCount = 1; refCount <= 5; refCount += 1) {
      number = ring.record(4, number, packEvent(EventKind.reuse, refCount), 1, 0);
      assert.notEqual(number, 0);
    }
    assert.deepEqual(
      [...ring.walk(4, number, PID)].map(({ refCount }) => refCount),
      [5, 4, 3, 2, 1],
    );
  });
}
