import assert from "node:assert/strict";
import { test } from "node:test";
import { rulesOf } from "../../../fixtures/run/rules.ts";
import { recordOf, Scenario } from "../../../fixtures/run/scenario.ts";
import type { Limits } from "../model/event.ts";
import type { OtherAllocation } from "../model/run-record.ts";
import { grade } from "./grade.ts";

const RULES = rulesOf({
  largeBuffer: { DRAM: 100 * 1024 * 1024 },
  programCache: { DRAM: 36 * 1024 },
  expected: [{ name: "infrastructure-l1", memoryType: "L1", maxBytes: 12 * 1024, when: "open", tests: null }],
});

function allocation(name: string, change: Partial<OtherAllocation> = {}): OtherAllocation {
  return {
    pid: 7,
    process: 0,
    ref: { test: name, attempt: 1 },
    phase: "call",
    fixture: null,
    device: 1,
    memoryType: "DRAM",
    address: 0x20n,
    chip: 0,
    sizeBytes: 8192,
    requestedBytes: 8192,
    bytesPerBank: 2048,
    stack: [{ file: "/suite/engine.py", line: 3, function: "keep" }],
    operation: "ttnn.zeros",
    end: "never-freed",
    ...change,
  };
}

function gradeOf(allocations: readonly OtherAllocation[], limits: Limits = { total: null, perType: {} }) {
  const scenario = new Scenario();
  for (const { ref } of allocations) scenario.begin(ref.test, { limits }).end(ref.test);
  return grade({ ...recordOf(scenario), otherAllocations: allocations }, RULES);
}

for (const [what, change, verdict, evidence] of [
  ["never freed", {}, "suspect", /8\.0 KB in 1 buffer was allocated in process 7, .* ended with the process/],
  ["freed at the end", { end: "freed" }, "retained", /freed when no test ran/],
  ["freed in a later test", { end: "late" }, "late-free", /freed there in a later test/],
  [
    "of a wider fixture",
    { fixture: { name: "e", scope: "module", baseId: "" } },
    "retained",
    /module fixture e was set up/,
  ],
] as const) {
  test(`what one test left in another process, ${what}, is ${verdict}`, () => {
    const [finding, ...others] = gradeOf([allocation("t::a", change)]);
    assert.deepEqual([finding?.verdict, finding?.sizeBytes, others], [verdict, 8192, []]);
    assert.match(finding?.evidence ?? "", evidence);
    assert.equal(finding?.origin?.line, 3);
  });
}

test("the same from two tests of the same code is a leak, also if it is freed at the end", () => {
  for (const end of ["never-freed", "freed"] as const) {
    const findings = gradeOf([allocation("t::a[1]", { end }), allocation("t::a[2]", { end })]);
    assert.deepEqual(
      findings.map(({ verdict, holders }) => [verdict, holders]),
      [
        ["leak", ["process 7"]],
        ["leak", ["process 7"]],
      ],
    );
  }
});

test("a test's limit holds for other processes too", () => {
  const [within] = gradeOf([allocation("t::a")], { total: 8192, perType: {} });
  const [over] = gradeOf([allocation("t::a")], { total: 8191, perType: {} });
  assert.deepEqual([within?.verdict, over?.verdict], ["expected", "suspect"]);
});
