import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { rulesOf } from "../../../fixtures/run/rules.ts";
import { recordOf, Scenario } from "../../../fixtures/run/scenario.ts";
import type { OriginMode } from "../model/event.ts";
import type { Finding } from "../model/finding.ts";
import { grade } from "./grade.ts";

const RULES = rulesOf({ failOn: [] });

const BIRTH = {
  operation: "ttnn.add",
  stack: [
    { file: "/suite/model.py", line: 7, function: "Model.forward" },
    { file: "/suite/test_a.py", line: 41, function: "test_b" },
  ],
};

/** The finding on one buffer at address 32, whose birth the plugin noted at `address`. */
function found(address: number, origin: OriginMode = "auto"): Finding | undefined {
  const scenario = new Scenario(0, "always", origin).begin("test_a.py::test_b").look("before", {});
  scenario
    .look("after-clear", { DRAM: { 32: 100 } })
    .note("DRAM", address, BIRTH)
    .end("test_a.py::test_b");
  return grade(recordOf(scenario), RULES)[0];
}

describe("a buffer that was not traced", () => {
  test("has the operation and the line that the plugin noted", () => {
    assert.deepEqual(found(32)?.origin, {
      operation: "ttnn.add",
      file: "model.py",
      line: 7,
      function: "Model.forward",
      testLine: { file: "test_a.py", line: 41 },
    });
  });

  test("has the first of two lines that allocated as much, whichever buffer comes first", () => {
    const line = (number: number) => ({
      operation: "ttnn.zeros",
      stack: [{ file: "/suite/test_a.py", line: number, function: "f" }],
    });
    for (const [low, high] of [
      [36, 37],
      [37, 36],
    ] as const) {
      const scenario = new Scenario()
        .begin("test_a.py::test_b")
        .look("before", {})
        .look("after-clear", { DRAM: { 32: 100, 64: 100 } })
        .note("DRAM", 32, line(low))
        .note("DRAM", 64, line(high))
        .end("test_a.py::test_b");
      assert.equal(grade(recordOf(scenario), RULES)[0]?.origin?.line, 36);
    }
  });

  test("has none where another was noted, or nobody wants to know", () => {
    assert.equal(found(64)?.origin, null);
    assert.equal(found(32, "off")?.origin, null);
  });
});
