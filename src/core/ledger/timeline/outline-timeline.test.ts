import assert from "node:assert/strict";
import { test } from "node:test";
import { traceRecord } from "../../../../fixtures/ring/ring-writer.ts";
import type { IndexedTest } from "../../model/recording-index.ts";
import { OutlineTimeline } from "./outline-timeline.ts";

const MS = 1_000_000;
const RINGS = [
  { ring: 0, pid: 4711, process: 0 },
  { ring: 1, pid: 4712, process: null },
];

function ended(test: string, ms: number | null, contexts: readonly [number, number] | null): IndexedTest {
  return { test, attempt: 1, repeat: 0, process: 0, endNs: ms === null ? null : ms * MS, contexts };
}

const TESTS = [ended("a", 10, [1, 3]), ended("b", 20, [4, 4]), ended("c", null, null)];

const birth = (ms: number, sizeBytes: number, context = 1, stack = 0) =>
  traceRecord({ bytesPerBank: 0, sizeBytes, timeNs: ms * MS, address: ms * 64, context, stack, chip: 0 });

test("what each memory held is that of the checkpoints, and of the end", () => {
  const outline = new OutlineTimeline(0, { rings: RINGS, tests: TESTS });
  outline.add(0, birth(1, 100));
  outline.add(0, birth(2, 50));
  outline.add(1, birth(2, 7));
  outline.settle(5 * MS);
  outline.add(0, birth(1, 100));
  outline.settle(15 * MS);
  outline.end(new Map([[0, [birth(1, 100), birth(18, 300, 4)]]]), 30 * MS);
  const { series, allocations } = outline.timeline(() => new Map());
  assert.deepEqual(
    series.map(({ pid, device, knownFrom, lastBytes }) => [
      ...[pid, device, knownFrom],
      ...[lastBytes[5], lastBytes[15], lastBytes.at(-1)],
    ]),
    [
      [4711, 0, "checkpoints", 150, 100, 400],
      [4712, 0, "checkpoints", 7, 0, 0],
    ],
  );
  assert.deepEqual([...allocations.bornNs], [1 * MS, 18 * MS]);
  assert.deepEqual([...allocations.sizeBytes], [100, 300]);
});

test("a test begins where the one before it in its process ended, and has what was born in its contexts", () => {
  const outline = new OutlineTimeline(0, { rings: RINGS, tests: TESTS });
  const contexts = [1, 3, 4, 5, 0];
  outline.end(new Map([[0, contexts.map((context, index) => birth(index + 1, 8, context))]]), 30 * MS);
  const { tests, allocations } = outline.timeline(() => new Map());
  assert.deepEqual(
    tests.map(({ test, pid, beginNs, endNs }) => [test, pid, beginNs, endNs]),
    [
      ["a", 4711, 0, 10 * MS],
      ["b", 4711, 10 * MS, 20 * MS],
      ["c", 4711, 20 * MS, null],
    ],
  );
  assert.deepEqual([...allocations.test], [0, 0, 1, -1, -1]);
});

test("buffers have the stacks that the process of their ring named", () => {
  const outline = new OutlineTimeline(0, { rings: RINGS, tests: [] });
  const frame = { file: "/suite/model.py", line: 7, function: "load" };
  outline.end(new Map([[1, [birth(1, 8, 0, 3)]]]), 2 * MS);
  const { origins } = outline.timeline((ring) => new Map(ring === 1 ? [[3, [frame]]] : []));
  assert.deepEqual(origins, [{ operation: null, stack: [frame] }]);
});
