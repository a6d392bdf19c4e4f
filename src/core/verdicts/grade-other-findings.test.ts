import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gradeOf, NOTHING, RULES, verdicts } from "../../../fixtures/run/graded.ts";
import { recordOf, Scenario } from "../../../fixtures/run/scenario.ts";
import { grade } from "./grade.ts";

describe("what is found beside a test's own growth", () => {
  test("memory that appears between tests is charged to no test", () => {
    const scenario = new Scenario().test("a", NOTHING, NOTHING).test("b", { DRAM: { 0: 100 } }, { DRAM: { 0: 100 } });
    assert.deepEqual(verdicts(gradeOf(scenario)), { "-": ["suspect"] });
  });

  test("a smaller largest free block with the same totals is fragmentation, from the rule's share on", () => {
    for (const [largestFree, expected] of [
      [950_000, {}],
      [949_999, { a: Array(4).fill("fragmentation") }],
    ] as const) {
      const scenario = new Scenario()
        .begin("a")
        .look("before", NOTHING)
        .look("after", NOTHING, { largestFree })
        .end("a");
      assert.deepEqual(verdicts(gradeOf(scenario)), expected);
    }
  });

  test("blocks that do not add up to the allocator's figures are a finding about us", () => {
    const scenario = new Scenario().begin("a").look("before", NOTHING).end("a");
    const events = scenario.events().map((event) =>
      event.kind === "measurement"
        ? {
            ...event,
            measurement: {
              ...event.measurement,
              usage: event.measurement.usage.map((u) => ({ ...u, allocatedBytesPerBank: 5 })),
            },
          }
        : event,
    );
    const record = recordOf({ events: () => events } as unknown as Scenario);
    assert.deepEqual(new Set(grade(record, RULES).map(({ verdict }) => verdict)), new Set(["untrusted"]));
  });

  test("findings are sorted gravest first, then by size", () => {
    const scenario = new Scenario().test("a", NOTHING, { DRAM: { 0: 10 }, L1: { 0: 90 } });
    scenario
      .begin("b")
      .look("before", { DRAM: { 0: 10 }, L1: { 0: 90 } })
      .notChecked("closed")
      .end("b");
    assert.deepEqual(
      gradeOf(scenario).map(({ verdict, memoryType }) => [verdict, memoryType]),
      [
        ["suspect", "L1"],
        ["suspect", "DRAM"],
        ["not-checked", null],
      ],
    );
  });
});
