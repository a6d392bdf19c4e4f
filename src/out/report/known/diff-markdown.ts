import { markdownTable } from "markdown-table";
import type { Comparison } from "../../../core/model/comparison.ts";
import { codeSpan } from "../markdown-escape.ts";
import { type DiffRow, diffRow, diffSummary } from "./diff-words.ts";

const HEAD = ["Change", "Before", "After", "Memory", "Test", "Origin"];

/** GitHub cuts a comment of more characters off; rows beyond it are counted. */
export const DIFF_CHARACTERS_MAX = 60_000;

/** A comparison for a comment on a change: how many of each change, and a row for each leftover that is not the same. */
export function diffMarkdown(comparison: Comparison): string {
  const { before, after, leftovers } = comparison;
  const names = `${codeSpan(before.name)} and ${codeSpan(after.name)}`;
  const sign = leftovers.some(({ fails }) => fails) ? "❌" : "✅";
  const title = `## ${sign} tt-memwatch: ${diffSummary(comparison)}\n\n${names}`;
  const rows = leftovers.filter(({ change }) => change !== "same").map((each) => cells(diffRow(each)));
  if (rows.length === 0) return `${title}\n`;
  const kept = rowsThatFit(rows);
  const table = markdownTable([HEAD, ...kept], { alignDelimiters: false });
  const more = rows.length - kept.length;
  return `${title}\n\n${table}\n${more === 0 ? "" : `\n_${more} more: \`tt-memwatch diff --json\` has all._\n`}`;
}

function cells({ change, before, after, memory, test, origin }: DiffRow): string[] {
  const code = (text: string): string => (text === "" ? "" : codeSpan(text));
  return [change.endsWith("fails") ? `**${change}**` : change, before, after, memory, code(test), code(origin)];
}

function rowsThatFit(rows: readonly string[][]): readonly string[][] {
  let room = DIFF_CHARACTERS_MAX;
  const end = rows.findIndex((row) => {
    room -= row.join(" | ").length + "|  |\n".length;
    return room < 0;
  });
  return end === -1 ? rows : rows.slice(0, end);
}
