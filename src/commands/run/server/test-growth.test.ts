import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProcessInfo, RunEvent } from "../../../core/model/event.ts";
import { TestGrowth } from "./test-growth.ts";

const LEFT = [{ device: 0, memoryType: "DRAM", buffers: 1, sizeBytes: 4096 }];

function begin(process: number, pid: number): RunEvent {
  return { kind: "process-begin", process, info: { pid } as ProcessInfo };
}

function end(process: number, name: string): RunEvent {
  const ref = { test: name, attempt: 1 };
  return { kind: "test-end", process, ref, outcome: "passed", durationMs: 1, atNs: null, hostBytes: null };
}

test("each look begins where the one before it in its process ended", async () => {
  const looks: (readonly [number, number])[] = [];
  const growth = new TestGrowth(async (since, pid) => {
    looks.push([since, pid]);
    return { births: since + pid, groups: [] };
  }, 1_000);
  growth.note(begin(0, 1));
  growth.note(begin(1, 20));
  for (const name of ["a", "b"]) {
    growth.note(end(0, name));
    growth.note(end(1, name));
    assert.deepEqual(await growth.tests(), []);
  }
  assert.deepEqual(looks, [
    [1_000, 1],
    [1_000, 20],
    [1_001, 1],
    [1_020, 20],
  ]);
});

test("a test that left something is reported, others are not", async () => {
  const growth = new TestGrowth(async (since) => ({ births: since + 1, groups: since === 1 ? LEFT : [] }), 0);
  growth.note(begin(0, 7));
  for (const name of ["a", "b", "c"]) {
    growth.note(end(0, name));
    await growth.tests();
  }
  assert.deepEqual(await growth.tests(), [{ test: "b", attempt: 1, others: 0, pid: 7, groups: LEFT }]);
});

test("where tests end during a look, it says of how many what it saw may be, and they are looked at again", async () => {
  const growth = new TestGrowth(async (since) => ({ births: since + 1, groups: LEFT }), 0);
  for (const event of [begin(0, 7), end(0, "a"), end(0, "b"), end(0, "c")]) growth.note(event);
  assert.deepEqual(
    (await growth.tests()).map(({ test, others }) => [test, others]),
    [
      ["a", 2],
      ["b", 1],
    ],
  );
});

test("other events are no reason to look", async () => {
  const growth = new TestGrowth(async () => assert.fail("looked"), 0);
  growth.note(begin(0, 7));
  growth.note({ kind: "collected", process: 0, tests: 3, paths: null });
  growth.note({ kind: "process-lost", process: 0, refusal: null });
  assert.deepEqual(await growth.tests(), []);
});
