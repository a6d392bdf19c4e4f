import assert from "node:assert/strict";
import { test } from "node:test";
import { exportOf, lifeOf } from "../../../fixtures/export/lives.ts";
import { CSV } from "./csv.ts";

const rowsOf = (csv: Buffer) => csv.toString().split("\r\n");

test("a text that a spreadsheet would take for a formula has an apostrophe before it; numbers never have", () => {
  for (const [file, cell] of [
    ["=1+1/test_a.py", "'=1+1/test_a.py"],
    ["+a.py", "'+a.py"],
    ["-a.py", "'-a.py"],
    ["@SUM(A1)", "'@SUM(A1)"],
    ["\ta.py", "'\ta.py"],
    ["a=b.py", "a=b.py"],
    ['=HYPERLINK("x","y")', `"'=HYPERLINK(""x"",""y"")"`],
  ] as const) {
    const origin = { index: 0, operation: null, stack: [{ file, line: -3, function: "f" }] };
    assert.match(rowsOf(exportOf(CSV, [lifeOf(1, { origin })]))[1] ?? "", new RegExp(`,${escaped(cell)},-3,f,`));
  }
});

test("there is a header even where there is no buffer, and what is not known is empty", () => {
  const [header, ...none] = rowsOf(exportOf(CSV, []));
  assert.match(header ?? "", /^number,pid,device,opened_as,memory_type,.*,function,stack$/);
  assert.deepEqual(none, [""]);
  const [, row] = rowsOf(exportOf(CSV, [lifeOf(1, { banks: 0 })]));
  assert.equal(row, "1,4711,0,,DRAM,events,0x64,100,,,100,,,,,,,,,,");
});

function escaped(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}]/g, "\\$&");
}
