import assert from "node:assert/strict";
import { test } from "node:test";
import { finding } from "../../../fixtures/report/builders.ts";
import { compareReruns, type RerunToCompare } from "./compare-reruns.ts";

const WEIGHTS = { name: "weights", scope: "module", baseId: "test_a.py" } as const;
const NOTHING: RerunToCompare = { findings: [], allocations: null };

/** Every other run left 2 bytes more. */
const STAIR = [0, 2, 2, 4, 4, 6, 6, 8, 8, 10, 10, 12];
const UNSURE = { lowBytes: null, highBytes: null } as const;

/** A run that left so many bytes of DRAM on device 0. */
function leaving(sizeBytes: number): RerunToCompare {
  return { ...NOTHING, findings: [finding({ test: "a", device: 0, memoryType: "DRAM", sizeBytes })] };
}

for (const [what, sizes, trend, bytes, interval = UNSURE] of [
  ["two runs compare with nothing", [1, 2], "unknown", null],
  ["the same after the warm-up is steady, whatever that left", [9, 4, 4], "steady", 0],
  ["more each time after the warm-up grows", [9, 4, 5, 6], "grows", 1],
  ["more, then the same, varies", [0, 4, 5, 5], "varies", 1],
  ["less each time varies", [9, 5, 4], "varies", -1],
  ["more every other time grows, in steps", STAIR, "grows", 1, { lowBytes: 1, highBytes: 1 }],
] as const) {
  test(what, () => {
    const { runs, memory } = compareReruns(sizes.map(leaving));
    assert.equal(runs, sizes.length);
    const growsBy = bytes === null ? null : { bytes, ...interval };
    assert.deepEqual(memory, [{ source: "tests", device: 0, memoryType: "DRAM", sizeBytes: sizes, trend, growsBy }]);
  });
}

test("what a wider fixture held until it ended was not left", () => {
  const run = { ...NOTHING, findings: [finding({ verdict: "retained", fixture: WEIGHTS })] };
  assert.deepEqual(compareReruns([run, run]).memory, []);
});

test("a run that left nothing in a memory counts as 0, and tests add up", () => {
  const left = { device: 0, memoryType: "DRAM" } as const;
  const two = { ...NOTHING, findings: [finding({ ...left, sizeBytes: 1 }), finding({ ...left, sizeBytes: 2 })] };
  assert.deepEqual(compareReruns([NOTHING, two, NOTHING]).memory[0]?.sizeBytes, [0, 3, 0]);
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
  assert.deepEqual(compareReruns(runs).memory, [
    {
      source: "server",
      device: 1,
      memoryType: "L1",
      sizeBytes: [1, 2, 3],
      trend: "grows",
      growsBy: { ...UNSURE, bytes: 1 },
    },
    {
      source: "at-exit",
      device: null,
      memoryType: null,
      sizeBytes: [30, 30, 30],
      trend: "steady",
      growsBy: { ...UNSURE, bytes: 0 },
    },
  ]);
});

test("tests that left something in every run, or in the warm-up only, are named in the order of the findings", () => {
  const run = (...names: readonly string[]): RerunToCompare => {
    return { ...NOTHING, findings: names.map((name) => finding({ test: name })) };
  };
  const cached = finding({ test: "cached", verdict: "program-cache" });
  const first = { ...NOTHING, findings: [...run("b", "a", "lazy").findings, cached] };
  const { inEveryRun, onlyInWarmUp } = compareReruns([
    first,
    run("a", "b", "from the second on"),
    run("b", "a", "late", "from the second on"),
  ]);
  assert.deepEqual(inEveryRun, ["a", "b", "from the second on"]);
  assert.deepEqual(onlyInWarmUp, ["lazy"]);
});
