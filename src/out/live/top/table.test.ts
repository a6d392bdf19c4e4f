import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { painted, widthOfLine } from "./line.ts";
import { type ColumnWidth, type TableCell, table } from "./table.ts";

const SHARED: readonly ColumnWidth[] = ["fit", { share: 3 }, { share: 1 }];

function textOf(widths: readonly ColumnWidth[], rows: readonly (readonly TableCell[])[], columns: number) {
  return table(widths, rows, columns).map((line) => painted(line, { hasColor: false, isUnicode: true }));
}

const cells = (...texts: readonly string[]): readonly TableCell[] => texts.map((text) => ({ text }));

it("a column is as wide as its widest text, and what it does not need goes to the others", () => {
  const rows = [cells("1", "ab", "a long text of its own"), cells("22", "c", "d")];
  assert.deepEqual(textOf(SHARED, rows, 40), ["1  ab a long text of its own", "22 c  d"]);
});

it("where there is too little room, each column has its share", () => {
  assert.deepEqual(textOf(SHARED, [cells("1", "abcdefghijklmnop", "abcdefghij")], 18), ["1 abcdefghij… abc…"]);
});

it("an open column takes all that is left, and a column without any text takes nothing", () => {
  const widths = ["fit", { share: 1, isOpen: true }, "fit", "fit"] as const;
  assert.deepEqual(textOf(widths, [cells("1", "a", "", "z")], 10), ["1 a      z"]);
});

it("a cell that is over the next one takes its place and what is left", () => {
  const over: readonly TableCell[] = [
    { text: "1" },
    { text: "a sentence of its own", isOver: true },
    { text: "left out" },
  ];
  assert.deepEqual(textOf(SHARED, [over, cells("2", "ab", "cd")], 40), [
    "1 a sentence of its own",
    "2 ab                 cd",
  ]);
});

it("rows are as wide as was asked for, whatever they have", () => {
  const cell = fc.record({ text: fc.string({ unit: fc.constantFrom("a", "日", " ", "/") }), isOver: fc.boolean() });
  const rows = fc.array(fc.tuple(cell, cell, cell), { maxLength: 4 });
  fc.assert(
    fc.property(rows, fc.integer({ min: 5, max: 60 }), (given, columns) => {
      for (const line of table(SHARED, given, columns)) assert.equal(widthOfLine(line), columns);
    }),
  );
});
