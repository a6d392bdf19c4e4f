import { formatBytes } from "../../../core/base/bytes.ts";
import { count } from "../../../core/base/count.ts";
import { printable } from "../../../core/base/printable.ts";
import type { ListedRun } from "../../../core/model/history.ts";
import { plainTable } from "../plain-table.ts";
import { commitOf, timeOf } from "./history-words.ts";

const COLUMNS = [
  ["run", "left"],
  ["began (UTC)", "left"],
  ["branch", "left"],
  ["commit", "left"],
  ["host", "left"],
  ["board", "left"],
  ["ttnn", "left"],
  ["tests", "right"],
  ["left", "left"],
  ["exit", "right"],
] as const;

/** The runs of a history, the last one first; `runs`: how many there are in all. */
export function runsText(listed: readonly ListedRun[], runs: number): string {
  if (listed.length === 0) return "tt-memwatch: no such run is in the history\n";
  const columns = COLUMNS.filter(([name]) => !isOptional(name) || listed.some((run) => cells(run)[name] !== ""));
  const rows = listed.map((run) => columns.map(([name]) => cells(run)[name]));
  const more = runs > listed.length ? `; the last ${listed.length} are shown, --limit shows more` : "";
  return `${plainTable(columns, rows)}\ntt-memwatch: ${count(runs, "run")}${more}\n`;
}

type Column = (typeof COLUMNS)[number][0];

/** Columns of which nothing is known for any run would only take room. */
function isOptional(name: Column): boolean {
  return name === "branch" || name === "commit" || name === "host" || name === "board" || name === "ttnn";
}

function cells(run: ListedRun): Readonly<Record<Column, string>> {
  const { id, startedAt, branch, host, board, ttnn, commit, tests, left, leftBytes, exitCode } = run;
  return {
    run: id,
    "began (UTC)": timeOf(startedAt),
    branch: printable(branch ?? ""),
    commit: commitOf(commit),
    host: printable(host ?? ""),
    board: printable(board ?? ""),
    ttnn: printable(ttnn ?? ""),
    tests: `${tests.checked}`,
    left: left === 0 ? "nothing" : `${formatBytes(leftBytes)} in ${count(left, "finding")}`,
    exit: `${exitCode}`,
  };
}
