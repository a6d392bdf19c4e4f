import assert from "node:assert/strict";
import { test } from "node:test";
import { finding, held } from "../../../fixtures/report/builders.ts";
import { compareRuns, type RunToCompare } from "./compare-runs.ts";

const NOTHING: RunToCompare = { remaining: [], findings: [], allocations: null };

/** A run that left so many bytes of DRAM on device 0. */
function leaving(sizeBytes: number): RunToCompare {
  return { ...NOTHING, remaining: [held([[0n, sizeBytes, "a"]])] };
}

for (const [what, sizes, trend] of [
  ["two runs compare with nothing", [1, 2], "unknown"],
  ["the same after the warm-up is steady, whatever that left", [9, 4, 4], "steady"],
  ["more each time after the warm-up grows", [9, 4, 5, 6], "grows"],
  ["more, then the same, varies", [0, 4, 5, 5], "varies"],
  ["less each time varies", [9, 5, 4], "varies"],
] as const) {
  test(what, () => {
    const { runs, memory } = compareRuns(sizes.map(leaving));
    assert.equal(runs, sizes.length);
    assert.deepEqual(memory, [{ source: "tests", device: 0, memoryType: "DRAM", sizeBytes: sizes, trend }]);
  });
}

test("a run that left nothing in a memory counts as 0, and processes add up", () => {
  const two = { ...NOTHING, remaining: [held([[0n, 1, null]], { pid: 1 }), held([[0n, 2, null]], { pid: 2 })] };
  assert.deepEqual(compareRuns([NOTHING, two, NOTHING]).memory[0]?.sizeBytes, [0, 3, 0]);
});

test("what an allocation server heard is compared beside what was measured", () => {
  const group = { device: 1, memoryType: "L1", buffers: 1 };
  const runs = [1, 2, 3].map((size) => ({
    ...NOTHING,
    allocations: {
      socket: "/s",
      isOwn: true,
      live: 1,
      groups: [],
      total: [{ ...group, sizeBytes: size }],
      findings: [],
      tests: [],
      atExit: [
        { pid: 1, buffers: 1, sizeBytes: 10 },
        { pid: 2, buffers: 1, sizeBytes: 20 },
      ],
    },
  }));
  assert.deepEqual(compareRuns(runs).memory, [
    { source: "server", device: 1, memoryType: "L1", sizeBytes: [1, 2, 3], trend: "grows" },
    { source: "at-exit", device: null, memoryType: null, sizeBytes: [30, 30, 30], trend: "steady" },
  ]);
});

test("tests that left something in every run, or in the warm-up only, are named in the order of the findings", () => {
  const run = (...names: readonly string[]): RunToCompare => {
    return { ...NOTHING, findings: names.map((name) => finding({ test: name })) };
  };
  const cached = finding({ test: "cached", verdict: "program-cache" });
  const first = { ...NOTHING, findings: [...run("b", "a", "lazy").findings, cached] };
  const { inEveryRun, onlyInWarmUp } = compareRuns([
    first,
    run("a", "b", "from the second on"),
    run("b", "a", "late", "from the second on"),
  ]);
  assert.deepEqual(inEveryRun, ["a", "b", "from the second on"]);
  assert.deepEqual(onlyInWarmUp, ["lazy"]);
});
