import assert from "node:assert/strict";
import { test } from "node:test";
import { peak, testReport } from "../../../fixtures/report/builders.ts";
import { peaksTable } from "./peaks-table.ts";

const KB = 1024;

test("the hungriest come first, beyond a limit they are counted, and a test without memory is none", () => {
  const tests = [
    testReport("t.py::test_small", { peaks: [peak(24 * KB)] }),
    testReport("t.py::test_large", {
      peaks: [peak(96 * KB, { totalBytes: 120 * KB }), peak(0, { memoryType: "TRACE" })],
    }),
    testReport("t.py::test_middle", { peaks: [peak(48 * KB, { device: 1 })] }),
    testReport("t.py::test_none"),
  ];
  assert.equal(
    peaksTable({ tests }, 2),
    `PEAKS   most that a test itself had live at once, on each chip
    own     in all   memory             test                reached
96.0 KB   120.0 KB   DRAM               t.py::test_large    call, ttnn.zeros   t.py:7 in test_a
48.0 KB    48.0 KB   DRAM of device 1   t.py::test_middle   call, ttnn.zeros   t.py:7 in test_a
and 1 smaller one: see --peaks=3 or --json FILE
`,
  );
});

test("L1 lines say what each core had", () => {
  const circular = { bytesPerCore: 8 * KB, withBuffersBytesPerCore: 14 * KB };
  const l1 = { memoryType: "L1", ownBytesPerBank: 4 * KB, othersBytes: 128 * KB, intermediatesBytes: 64 * KB } as const;
  const tests = [testReport("t.py::test_l1", { peaks: [peak(256 * KB, { ...l1, circular })] })];
  assert.match(
    peaksTable({ tests }, 9),
    /on each core: 4\.0 KB of its own, 1\.0 KB of that inside of operations, 2\.0 KB of others, circular buffers of up to 8\.0 KB, at most 14\.0 KB at once\n/,
  );
});

test("what looks alone saw is said to be that, and sizes that are not exact are", () => {
  const tests = [
    testReport("t.py::test_a", {
      peaks: [peak(2048, { source: "looks" }), peak(1024, { isExact: false, memoryType: "L1" })],
    }),
  ];
  const table = peaksTable({ tests }, 9);
  assert.match(table, /2\.0 KB +2\.0 KB +DRAM +t\.py::test_a +seen by looks alone/);
  assert.match(table, /sizes as asked for/);
});

test("a run in which no test allocated has no table", () => {
  assert.equal(
    peaksTable({ tests: [testReport("t.py::test_a")] }, 9),
    "PEAKS   no test was seen to allocate device memory\n",
  );
});
