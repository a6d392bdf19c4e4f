/**
 * Runs suites with and without tt-memwatch and compares them test by test; writes the table in docs/harmless.md.
 *
 * Usage: node e2e/harmless/main.ts [--quick] [--column newest]... [--way haunted]... [--minutes 3] [--every 5]
 *        [--set NAME=VALUE]... [SUITE...]
 *        `--minutes` ends each run of a suite that takes longer.
 *        `--every` haunts one of so many tests, where a search after each would take hours.
 *        `--set` is for who looks into a difference: the variable is set in all runs, and the table stays as it is.
 * Exit code 1: a difference that nobody has explained.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { WAYS } from "./arm.ts";
import { COLUMN_NAMES } from "./columns.ts";
import type { Difference } from "./compare.ts";
import { explain } from "./explanations.ts";
import { CACHE, STAGE } from "./places.ts";
import { type Result, toResult, writeResults } from "./results.ts";
import { SUITES } from "./suites.ts";
import { writeTable } from "./table.ts";
import { compareSuite, prepare, type Trial } from "./trial.ts";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    column: { type: "string", multiple: true, default: [] },
    way: { type: "string", multiple: true, default: [] },
    minutes: { type: "string" },
    every: { type: "string", default: "1" },
    set: { type: "string", multiple: true, default: [] },
  },
});

const unknown = positionals.filter((name) => !SUITES.some((suite) => suite.name === name));
if (unknown.length > 0) {
  process.stderr.write(`harmless: no suite is called ${unknown.join(", ")}; see e2e/harmless/suites.ts\n`);
  process.exit(2);
}

// What a signal ends, ends with the suite that runs.
process.once("SIGINT", () => process.exit(130));
process.once("SIGTERM", () => process.exit(143));
process.once("exit", () => rmSync(STAGE, { recursive: true, force: true }));

const set = Object.fromEntries(flags.set.map((pair) => [pair.split("=")[0] ?? "", pair.split("=").slice(1).join("=")]));
const hauntEvery = Number(flags.every);
const minutes = flags.minutes === undefined ? null : Number(flags.minutes);
const results: Result[] = [];
const notCompared: string[] = [];
for (const suite of SUITES) {
  if (positionals.length > 0 ? !positionals.includes(suite.name) : flags.quick && suite.quickIn === undefined) continue;
  for (const column of COLUMN_NAMES) {
    if (suite.versions[column] === undefined || !isChosen(flags.column, column)) continue;
    if (flags.quick && suite.quickIn?.includes(column) !== true) continue;
    const prepared = await prepare(suite, column).catch((error: Error) => error);
    if (prepared instanceof Error) {
      notCompared.push(suite.name);
      process.stdout.write(`${suite.name}: could not be prepared: ${prepared.message}\n`);
      continue;
    }
    for (const way of WAYS) {
      if (!isChosen(flags.way, way)) continue;
      const trial = await compareSuite(prepared, way, { set, minutes, hauntEvery }).catch((error: Error) => error);
      if (trial instanceof Error) {
        notCompared.push(suite.name);
        process.stdout.write(`${suite.name}, ${column}, ${way}: could not be compared: ${trial.message}\n`);
        continue;
      }
      const result = toResult(prepared, trial, hauntEvery);
      results.push(result);
      // At once: a run of all takes hours, and may be ended before. A quick one compares part of what the table tells.
      // Nor does one say anything that was ended early on purpose.
      const isWhole = minutes === null || result.hung.length === 0;
      if (!flags.quick && flags.set.length === 0 && isWhole) writeTable(writeResults([result]));
      say(result, trial);
    }
  }
}
process.exitCode =
  notCompared.length > 0 || results.some(({ unexplained, hung }) => unexplained.length + hung.length > 0) ? 1 : 0;

function isChosen(chosen: readonly string[], name: string): boolean {
  return chosen.length === 0 || chosen.includes(name);
}

function say(result: Result, trial: Trial): void {
  const { suite, version, column, way, compared, unsteady, findings, unexplained, hung, slowdown } = result;
  const open = trial.comparison.differences.filter((difference) => explain(difference) === null);
  process.stdout.write(
    `${suite} ${version}, ${column}, ${way}: ${compared} tests compared, ${unsteady} unsteady, ${findings} findings, ` +
      `${open.length} unexplained differences, ${slowdown} times the time${hung.length > 0 ? `, HUNG: ${hung.join(", ")}` : ""}\n`,
  );
  for (const { test, aspect } of unexplained) process.stdout.write(`  ${test ?? "the session"}: ${aspect}\n`);
  keep(open, join(CACHE, "last", `${suite}-${column}-${way}`));
}

/** Both sides of each difference, for who looks into it. */
function keep(differences: readonly Difference[], folder: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "differences.json"), `${JSON.stringify(differences, null, 2)}\n`);
}
