import { printable } from "../../../core/base/printable.ts";
import type { Comparison } from "../../../core/model/comparison.ts";
import { plainTable } from "../plain-table.ts";
import { diffRow, diffSummary, sameSentence } from "./diff-words.ts";

const COLUMNS = [
  ["change", "left"],
  ["before", "right"],
  ["after", "right"],
  ["memory", "left"],
  ["test", "left"],
  ["origin", "left"],
] as const;

/** A comparison for people at a terminal: a line for each leftover, and in the end how many of each change. */
export function diffText(comparison: Comparison, isVerbose: boolean): string {
  const { before, after, leftovers } = comparison;
  const shown = leftovers.filter(({ change }) => isVerbose || change !== "same");
  const left = leftovers.length - shown.length;
  const rows = shown.map(diffRow).map((row) => COLUMNS.map(([name]) => row[name]));
  const lines = [
    ...(shown.length === 0 ? [] : [plainTable(COLUMNS, rows)]),
    ...(left === 0 ? [] : [sameSentence(left)]),
    `tt-memwatch: ${printable(before.name)} and ${printable(after.name)}: ${diffSummary(comparison)}.`,
  ];
  return `${lines.join("\n")}\n`;
}
