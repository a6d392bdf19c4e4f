import assert from "node:assert/strict";
import { test } from "node:test";
import { outOfMemoryReport, ownerShare } from "../../../fixtures/report/shortages.ts";
import type { OwnerShare } from "../../core/model/memory-shortage-report.ts";
import { refusalDetails } from "./shortage-words.ts";

const KB = 1024;

/** So many lines of one test, of 1 KB, 2 KB and so on, each in one buffer. */
function linesOf(name: string, count: number): OwnerShare[] {
  return Array.from({ length: count }, (_, index) => {
    const origin = { operation: "ttnn.zeros", file: "a.py", line: index + 1, function: "f", testLine: null };
    return ownerShare({ test: name, origin, testsAgo: 3, buffers: 1, bytesPerBank: (index + 1) * KB });
  }).reverse();
}

function told(owners: readonly OwnerShare[]): readonly string[] {
  const details = refusalDetails(outOfMemoryReport({ liveBytesPerBank: 1, owners }));
  return details.filter((line) => line.startsWith("  ")).map((line) => line.trim());
}

test("as many lines as are named are listed one by one", () => {
  assert.deepEqual(told(linesOf("t.py::t", 6)).length, 6);
});

test("of more lines, those of one test are reported at once, by the largest of them", () => {
  assert.deepEqual(told([...linesOf("t.py::t", 6), ...linesOf("t.py::u", 1)]), [
    "21.0 KB in 6 buffers of t.py::t, 3 tests ago: ttnn.zeros at a.py:6 and 5 other lines",
    "1.0 KB in 1 buffer of t.py::u, 3 tests ago: ttnn.zeros at a.py:1",
  ]);
});

test("of many tests the largest are named, however many lines each has", () => {
  const owners = Array.from({ length: 8 }, (_, index) => linesOf(`t.py::t${index}`, index + 1)).flat();
  const lines = told(owners);
  assert.equal(lines.length, 6);
  assert.match(lines[0] ?? "", /^36\.0 KB in 8 buffers of t\.py::t7/);
  assert.equal(lines[5], "10.0 KB of 3 other owners");
});

for (const [repeat, whose] of [
  [0, "of the test itself"],
  [2, "of the test and its repeats until then"],
] as const) {
  test(`what the test has live that ran out in ${repeat === 0 ? "its own run" : "a repeat"} is ${whose}`, () => {
    const owners = [ownerShare({ test: "t.py::t", testsAgo: 0, buffers: 2, bytesPerBank: KB })];
    const [line = ""] = refusalDetails(outOfMemoryReport({ test: "t.py::t", repeat, owners })).filter((each) =>
      each.startsWith("  "),
    );
    assert.ok(line.startsWith(`  1.0 KB in 2 buffers ${whose}: `), line);
  });
}
