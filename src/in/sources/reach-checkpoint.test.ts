import assert from "node:assert/strict";
import { test } from "node:test";
import { type ReadClient, reachCheckpoint } from "./reach-checkpoint.ts";

const WAITING_MAX = 2;
const TURNS_MAX = 20;

/** A client that is read once a turn for so many turns. */
class Client implements ReadClient {
  readonly number: number;
  reads = 0;
  isDrained = false;
  #turns: number;

  constructor(number: number, turns: number) {
    this.number = number;
    this.#turns = turns;
  }

  turn(): void {
    if (this.#turns === 0) return;
    this.#turns -= 1;
    this.reads += 1;
  }
}

/** A listener that accepts one of those that wait each turn. */
class Listener implements Disposable {
  readonly #open: Client[] = [];
  readonly #waiting: Client[];
  #next: NodeJS.Immediate;
  turns = 0;

  constructor(open: readonly Client[], waiting: readonly Client[] = []) {
    this.#open.push(...open);
    this.#waiting = [...waiting];
    this.#next = setImmediate(() => this.#turn());
  }

  accepted(): number {
    return this.#open.length;
  }

  open(): Iterable<ReadClient> {
    return this.#open;
  }

  [Symbol.dispose](): void {
    clearImmediate(this.#next);
  }

  #turn(): void {
    this.turns += 1;
    for (const client of this.#open) client.turn();
    const accepted = this.#waiting.shift();
    if (accepted !== undefined) this.#open.push(accepted);
    this.#next = setImmediate(() => this.#turn());
  }
}

test("a client is read until it has nothing to say in a whole turn", async () => {
  for (const turns of [0, 1, 5]) {
    const client = new Client(1, turns);
    using listener = new Listener([client]);
    assert.equal(await reachCheckpoint(listener, WAITING_MAX, TURNS_MAX), true);
    assert.equal(client.reads, turns);
  }
});

test("a client whose read took all that was there is not waited for", async () => {
  const client = new Client(1, 1_000);
  client.isDrained = true;
  using listener = new Listener([client]);
  assert.equal(await reachCheckpoint(listener, WAITING_MAX, TURNS_MAX), true);
  assert.ok(listener.turns < TURNS_MAX);
});

test("those that wait to be accepted are read, too, and no more of them than may wait", async () => {
  // The first one is accepted before the others are counted.
  const said = [0, 0, 3, 1_000, 1_000];
  const waiting = said.map((turns, index) => new Client(index + 1, turns));
  using listener = new Listener([], waiting);
  assert.equal(await reachCheckpoint(listener, WAITING_MAX, TURNS_MAX), true);
  assert.deepEqual(
    waiting.slice(0, 3).map(({ reads }) => reads),
    [0, 0, 3],
  );
});

test("clients that never stop sending do not hold it up", async () => {
  using listener = new Listener([new Client(1, 1_000), new Client(2, 0)]);
  assert.equal(await reachCheckpoint(listener, WAITING_MAX, TURNS_MAX), false);
});
