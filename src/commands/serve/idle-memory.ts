import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { trimMemory } from "../../in/sources/libc.ts";

/** What memory has to have grown by since it was lowest for a collection to be worth its 20 ms or so, in bytes. */
const GROWN_BYTES = 8_388_608;

/** Ticks without activity at which memory is given back: what one collection found is freed beside it, by the next. */
const ROUNDS = 2;

/**
 * Gives memory back to the system once nothing happens any more. V8 collects when it allocates: after a flood of clients
 * nothing does, and what they took would stay for good.
 */
export class IdleMemory {
  #activity = 0;
  #roundsLeft = 0;
  #lowestBytes = residentBytes();
  readonly #collect = collector();

  /** To be called every few seconds with anything that grows with what happens. */
  tick(activity: number): void {
    if (activity !== this.#activity) {
      this.#activity = activity;
      this.#roundsLeft = ROUNDS;
      return;
    }
    if (this.#roundsLeft === 0) return;
    this.#roundsLeft -= 1;
    if (residentBytes() > this.#lowestBytes + GROWN_BYTES) {
      this.#collect();
      trimMemory();
    }
    this.#lowestBytes = Math.min(this.#lowestBytes, residentBytes());
  }
}

/** What it has of the machine's memory; 0 where /proc is hidden, and nothing is given back before V8 does. */
function residentBytes(): number {
  try {
    return process.memoryUsage.rss();
  } catch {
    return 0;
  }
}

/** V8's own collection, which Node has no name for unless it was started with a flag. */
function collector(): () => void {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  return typeof collect === "function" ? () => void collect() : () => {};
}
