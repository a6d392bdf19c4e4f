import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { type FrameSender, StalledFrames } from "./stalled-frames.ts";

/** A client that waits until it is told to. */
class Client implements FrameSender {
  readonly told: string[] = [];
  isWaiting = true;
  readonly #isWhole: boolean;

  /** `isWhole`: what it sent could be a whole frame. */
  constructor(isWhole: boolean) {
    this.#isWhole = isWhole;
  }

  settle(): void {
    this.#tell("settle");
    if (this.#isWhole) this.isWaiting = false;
  }

  expire(): void {
    this.#tell("expire");
    this.isWaiting = false;
  }

  #tell(what: string): void {
    if (this.told.at(-1) !== what) this.told.push(what);
  }
}

/** Time that passes when it is told to. */
class Time implements Disposable {
  nowMs = 0;
  readonly timers = mock.timers;

  constructor() {
    this.timers.enable({ apis: ["setInterval"] });
  }

  pass(durationMs: number): void {
    for (let passedMs = 0; passedMs < durationMs; passedMs += 1) {
      this.nowMs += 1;
      this.timers.tick(1);
    }
  }

  [Symbol.dispose](): void {
    this.timers.reset();
  }
}

function stalledFrames(time: Time): StalledFrames<Client> {
  return new StalledFrames<Client>(
    (work) => work(),
    () => time.nowMs,
  );
}

test("bytes that could be a whole frame are taken for one after 20 ms, and a frame that does not go on is given up after a second", () => {
  using time = new Time();
  const stalled = stalledFrames(time);
  const [whole, cut] = [new Client(true), new Client(false)];
  for (const client of [whole, cut]) stalled.heard(client, 0);
  time.pass(20);
  assert.deepEqual([whole.told, cut.told], [[], []]);
  time.pass(20);
  assert.deepEqual([whole.told, cut.told], [["settle"], ["settle"]]);
  time.pass(960);
  assert.deepEqual(cut.told, ["settle"], "after a second");
  time.pass(20);
  assert.deepEqual([whole.told, cut.told], [["settle"], ["settle", "expire"]]);
});

test("each read begins the time anew", () => {
  using time = new Time();
  const stalled = stalledFrames(time);
  const slow = new Client(false);
  for (let read = 0; read < 4; read += 1) {
    stalled.heard(slow, time.nowMs);
    time.pass(600);
  }
  assert.deepEqual(slow.told, ["settle"]);
});

test("who ends the frame in time is told nothing", () => {
  using time = new Time();
  const stalled = stalledFrames(time);
  const client = new Client(false);
  stalled.heard(client, time.nowMs);
  time.pass(10);
  client.isWaiting = false;
  stalled.heard(client, time.nowMs);
  // The event loop was busy, so that the first timer comes late.
  time.nowMs += 50;
  time.pass(2_000);
  assert.deepEqual(client.told, []);
});

test("who has gone is told nothing", () => {
  using time = new Time();
  const stalled = stalledFrames(time);
  const client = new Client(false);
  stalled.heard(client, 0);
  stalled.forget(client);
  time.pass(2_000);
  assert.deepEqual(client.told, []);
});

test("who stops after all others were given up is given up, too", () => {
  using time = new Time();
  const stalled = stalledFrames(time);
  for (const client of [new Client(true), new Client(true)]) {
    stalled.heard(client, time.nowMs);
    time.pass(100);
    assert.deepEqual(client.told, ["settle"]);
  }
});
