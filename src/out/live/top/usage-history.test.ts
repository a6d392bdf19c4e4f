import assert from "node:assert/strict";
import { test } from "node:test";
import { liveDevice, liveMemory, liveSnapshot } from "../../../../fixtures/live/snapshots.ts";
import { memoryName, UsageHistory } from "./usage-history.ts";

const NAME = memoryName({ pid: 4711, device: 0, openedAs: null, memoryType: "DRAM" });

function historyOf(told: readonly (readonly [atMs: number, usedBytes: number])[]): readonly number[] {
  const history = new UsageHistory();
  for (const [atMs, usedBytes] of told) {
    history.note(liveSnapshot({ atMs, devices: [liveDevice({ memories: [liveMemory({ usedBytes })] })] }));
  }
  return history.of(NAME);
}

test("of each second the most is kept", () =>
  assert.deepEqual(
    historyOf([
      [0, 5],
      [250, 9],
      [999, 2],
      [1000, 1],
    ]),
    [9, 1],
  ));

test("what was not reported in between was as before", () =>
  assert.deepEqual(
    historyOf([
      [0, 5],
      [3500, 1],
    ]),
    [5, 5, 5, 1],
  ));

test("so many seconds are kept, the newest of them", () => {
  for (const seconds of [299, 300, 301]) {
    const kept = historyOf(Array.from({ length: seconds }, (_, second) => [1000 * second, second] as const));
    assert.deepEqual([kept.length, kept.at(-1)], [Math.min(300, seconds), seconds - 1]);
  }
});

test("a memory that was never reported has no history", () => assert.deepEqual(new UsageHistory().of(NAME), []));
