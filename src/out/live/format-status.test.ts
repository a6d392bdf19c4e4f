import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import stringWidth from "string-width";
import type { RunStatus } from "../../core/model/run-status.ts";
import { formatStatus } from "./format-status.ts";

const KB = 1024;
const status: RunStatus = {
  testsDone: 12,
  testsTotal: 40,
  heldBytes: { L1: 12 * KB, DRAM: 24 * KB * KB, TRACE: 0 },
  growths: 2,
  running: "test_a.py::test_b[1]",
};
const WHOLE = "tt-memwatch  12/40 tests   24.0 MB DRAM, 12.0 KB L1   2 to judge   test_a.py::test_b[1]";

const cases: readonly (readonly [string, RunStatus, number, string])[] = [
  ["everything where there is room", status, 200, WHOLE],
  ["everything where it just fits", status, WHOLE.length, WHOLE],
  ["the end of a name that does not fit", status, WHOLE.length - 1, WHOLE.replace("test_a", "…st_a")],
  ["the numbers before a name", status, WHOLE.indexOf("test_a") + 7, `${WHOLE.slice(0, WHOLE.indexOf("test_a") + 6)}…`],
  ["the tests first", status, 25, "tt-memwatch  12/40 tests…"],
  ["only the sign in one column", status, 1, "…"],
  ["nothing in no column", status, 0, ""],
  [
    "a run that has just begun",
    { testsDone: 0, testsTotal: null, heldBytes: {}, growths: 0, running: null },
    80,
    "tt-memwatch  0 tests   nothing held   0 to judge",
  ],
  [
    "a run between tests",
    { ...status, growths: 1, running: null },
    80,
    WHOLE.slice(0, -23).replace("2 to judge", "1 to judge"),
  ],
  [
    "no control characters",
    { ...status, heldBytes: {}, running: "a\u001b[2J\n\u202eb" },
    80,
    "tt-memwatch  12/40 tests   nothing held   2 to judge   a\\x1b[2J\\n\\u202eb",
  ],
];
for (const [title, given, columns, wanted] of cases) {
  it(`shows ${title}`, () => assert.equal(formatStatus(given, columns), wanted));
}

it("is never wider than the terminal, and never cut more than a wide character short", () => {
  const name = fc.string({ unit: fc.constantFrom("a", "ü", "日", "👩‍🚀", "e\u0301"), maxLength: 60 });
  fc.assert(
    fc.property(name, fc.integer({ min: 2, max: 150 }), (running, columns) => {
      const whole = stringWidth(formatStatus({ ...status, running }, 1000));
      const width = stringWidth(formatStatus({ ...status, running }, columns));
      assert.ok(width <= columns);
      assert.ok(width >= Math.min(whole, columns - 1));
    }),
  );
});
