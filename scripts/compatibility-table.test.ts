import assert from "node:assert/strict";
import { test } from "node:test";
import { mergeRows, type Row, rowsOf, tableOf } from "./compatibility-table.ts";

function row(...cells: string[]): Row {
  return { cells, isOff: false };
}

test("a table is read as it was written", () => {
  const rows = [row("0.66.0", "3.10.13", "fast", "108 of 108", "303 of 303", "301 of 301")];
  assert.deepEqual(rowsOf(`# Title\n\n${tableOf(rows)}\n\nText | more\n`), rows);
});

test("new rows replace all rows of their versions, and the newest version is last", () => {
  const old = [row("0.9.0", "a"), row("0.66.0", "fast"), row("0.66.0", "slow"), row("0.100.0", "c")];
  const merged = mergeRows(old, [row("0.66.0", "new"), row("0.82.0", "d")]);
  assert.deepEqual(
    merged.map(({ cells }) => cells),
    [
      ["0.9.0", "a"],
      ["0.66.0", "new"],
      ["0.82.0", "d"],
      ["0.100.0", "c"],
    ],
  );
});
