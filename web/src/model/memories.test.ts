import assert from "node:assert/strict";
import { test } from "node:test";
import { finding, runReport, testReport } from "../../../fixtures/report/builders.ts";
import type { MemoryType } from "../../../src/core/model/memory-type.ts";
import { NO_EXTRAS, pageData } from "../../../src/out/report/html/page-data.ts";
import { fullestOf, type Memory, memoryOfCause } from "./memories.ts";

const memoryOf = (memoryType: MemoryType, pid: number, mostBytes: number): Memory => {
  return { index: 0, key: `${memoryType} ${pid}`, device: 0, memoryType, pid, mostBytes };
};
const MEMORIES = [memoryOf("DRAM", 1, 5), memoryOf("DRAM", 2, 9), memoryOf("DRAM", 3, 7), memoryOf("L1", 1, 8)];

/** The memory of the cause of a finding in a test of process 3. */
function found(memoryType: MemoryType | null, test: string | null): string | undefined {
  const tests = [testReport("t", { pid: 3 })];
  const page = pageData(runReport({ tests, findings: [finding({ test, memoryType })] }), NO_EXTRAS);
  const [cause] = page.causes;
  return cause && memoryOfCause(cause, page, MEMORIES)?.key;
}

for (const [what, memoryType, ofTest, key] of [
  ["of the process of its test", "DRAM", "t", "DRAM 3"],
  ["that held most, where its process is not known", "DRAM", null, "DRAM 2"],
  ["that held most, where its process has none", "L1", "t", "L1 1"],
  ["none, where nothing was held in it", "TRACE", "t", undefined],
  ["none, where it is about no memory", null, "t", undefined],
] as const) {
  test(`the memory of a cause is that ${what}`, () => assert.equal(found(memoryType, ofTest), key));
}

test("the fullest memory is the one that held most, however large it is; of none there is none", () => {
  assert.deepEqual([fullestOf(MEMORIES)?.key, fullestOf([])], ["DRAM 2", null]);
});
