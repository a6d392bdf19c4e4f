import { markdownTable } from "markdown-table";

export const HEADINGS = ["ttnn", "Python", "dispatch", "self-test", "lists equal", "on a mesh"] as const;

/** What was tried of one version in one way of dispatching. */
export interface Row {
  /** In the order of the headings; the last ones may be missing. */
  readonly cells: readonly string[];
  /** Whether something is wrong that used to be right, or has to be. */
  readonly isOff: boolean;
}

export function tableOf(rows: readonly Row[]): string {
  const cells = rows.map((row) => HEADINGS.map((_, column) => row.cells[column] ?? ""));
  return markdownTable([[...HEADINGS], ...cells]);
}

/** The rows of a page's table. */
export function rowsOf(page: string): readonly Row[] {
  const lines = page.split("\n").filter((line) => /^\| \d/.test(line));
  return lines.map((line) => {
    const cells = line.split("|").slice(1, -1);
    return { cells: cells.map((cell) => cell.trim()), isOff: false };
  });
}

/** The old rows with new ones in place of those of the same versions, oldest version first. */
export function mergeRows(old: readonly Row[], tried: readonly Row[]): readonly Row[] {
  const versions = new Set(tried.map(versionOf));
  const kept = old.filter((row) => !versions.has(versionOf(row)));
  return [...kept, ...tried].toSorted((a, b) => versionOf(a).localeCompare(versionOf(b), "en", { numeric: true }));
}

function versionOf({ cells: [version = ""] }: Row): string {
  return version;
}
