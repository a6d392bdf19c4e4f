import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { markdownTable } from "markdown-table";
import { COLUMNS, type Column } from "./columns.ts";
import { EXPLANATIONS } from "./explanations.ts";
import { OWN } from "./own-suites.ts";
import { TABLE } from "./places.ts";
import type { Result } from "./results.ts";
import { SUITES } from "./suites.ts";

const BEGIN = "<!-- written by `make harmless`: begin -->";
const END = "<!-- written by `make harmless`: end -->";

/** Rewrites what is between the markers. */
export function writeTable(results: readonly Result[]): void {
  const text = existsSync(TABLE) ? readFileSync(TABLE, "utf8") : "";
  const [before, after] = [text.split(BEGIN)[0], text.split(END)[1]];
  if (before === undefined || after === undefined) throw new Error(`${TABLE} has no markers ${BEGIN} and ${END}`);
  writeFileSync(TABLE, `${before}${BEGIN}\n\n${sections(results).join("\n\n")}\n\n${END}${after}`);
}

function sections(results: readonly Result[]): string[] {
  const total = results.reduce((sum, { compared }) => sum + compared, 0);
  const unsteady = results.reduce((sum, { unsteady: tests }) => sum + tests, 0);
  const open = results.reduce((sum, { unexplained }) => sum + unexplained.length, 0);
  const suites = new Set(results.map(({ suite }) => suite)).size;
  return [
    `${suites} suites. A test was compared ${total} times, each way and version counted; ${unsteady} times it changed from run to run ` +
      `without us. Differences that nobody has explained: ${open}.`,
    ...COLUMNS.flatMap((column) => columnSection(column, results)),
    ...meant(results),
    ...notRun(results),
    "What is left out:",
    SUITES.filter(({ leftOut }) => leftOut !== undefined)
      .map(({ name, leftOut }) => `- ${name}: ${leftOut}`)
      .join("\n"),
  ];
}

/** What the names in the last column stand for, and how often each was seen. */
function meant(results: readonly Result[]): string[] {
  const rows = EXPLANATIONS.map(({ name, text }) => {
    const counts = results.flatMap(({ explained }) => explained[name] ?? []);
    return { name, text, runs: counts.length, differences: counts.reduce((sum, count) => sum + count, 0) };
  }).filter(({ runs }) => runs > 0);
  if (rows.length === 0) return [];
  const head = ["difference", "what it is", "seen", "in comparisons"];
  const cells = rows.map(({ name, text, runs, differences }) => [name, text, String(differences), String(runs)]);
  return ["### Differences that are meant", markdownTable([head, ...cells], { align: ["l", "l", "r", "r"] })];
}

/** Which suites the list has and the table has not: a table of some should not pass for one of all. */
function notRun(results: readonly Result[]): string[] {
  const names = SUITES.map(({ name }) => name).filter((name) => !results.some(({ suite }) => suite === name));
  return names.length === 0 ? [] : [`In the list of suites, and not run yet: ${names.join(", ")}.`];
}

function columnSection(column: Column, results: readonly Result[]): string[] {
  const ofColumn = results.filter((result) => result.column === column.name);
  const names = SUITES.map(({ name }) => name).filter((name) => ofColumn.some(({ suite }) => suite === name));
  if (names.length === 0) return [];
  const head = ["suite", "plain", "haunted", "findings there", "differences"];
  return [
    `### pytest ${column.pytest}, Python ${column.python}, ttnn ${column.ttnn}`,
    markdownTable([head, ...names.map((name) => row(name, ofColumn))], { align: ["l", "r", "r", "r", "l"] }),
  ];
}

function row(name: string, results: readonly Result[]): string[] {
  const of = (way: Result["way"]): Result | undefined => results.find((one) => one.suite === name && one.way === way);
  const [plain, haunted] = [of("plain"), of("haunted")];
  const version = (plain ?? haunted)?.version;
  return [
    titleOf(name, version ?? OWN),
    counts(plain),
    counts(haunted),
    String(haunted?.findings ?? ""),
    [plain, haunted].flatMap((result) => (result === undefined ? [] : differencesOf(result))).join("; ") || "none",
  ];
}

/** `own+flaky` is our own suite with a plugin. */
function titleOf(name: string, version: string): string {
  const [first = "", plugin] = name.split("+");
  if (first !== OWN) return `${name} ${version}`;
  return plugin === undefined ? "of our own" : `of our own, with ${plugin} ${version}`;
}

function counts(result: Result | undefined): string {
  if (result === undefined) return "-";
  const { compared, failing, unsteady, hauntEvery } = result;
  const share = hauntEvery > 1 ? [`1 of ${hauntEvery} haunted`] : [];
  const notes = [
    ...share,
    ...(failing > 0 ? [`${failing} fail alone`] : []),
    ...(unsteady > 0 ? [`+${unsteady} unsteady`] : []),
  ];
  return notes.length > 0 ? `${compared} (${notes.join(", ")})` : String(compared);
}

function differencesOf({ way, explained, unexplained, hung }: Result): string[] {
  const known = Object.entries(explained).map(([name, count]) => `${way}: ${count} ${name}`);
  const open = unexplained.length > 0 ? [`${way}: **${unexplained.length} unexplained**`] : [];
  return [...known, ...open, ...(hung.length > 0 ? [`${way}: **did not end (${hung.join(", ")})**`] : [])];
}
