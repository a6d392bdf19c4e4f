import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { WAYS } from "./arm.ts";
import { COLUMN_NAMES, columnOf } from "./columns.ts";
import { explain } from "./explanations.ts";
import { RESULTS } from "./places.ts";
import type { Prepared, Trial } from "./trial.ts";

const Unexplained = z.object({ test: z.string().nullable(), aspect: z.string() });

/** Figures of one way of running one suite on one column. */
const Result = z.object({
  suite: z.string(),
  version: z.string(),
  column: z.enum(COLUMN_NAMES),
  way: z.enum(WAYS),
  /** Tests of which all that was seen is compared. */
  compared: z.int(),
  /** Tests that fail without us. */
  failing: z.int(),
  /** Tests of which something changes from run to run without us. */
  unsteady: z.int(),
  /** Aspects of the session that do. */
  unsteadySession: z.array(z.string()),
  /** A tensor was left in one of so many tests. */
  hauntEvery: z.int().default(1),
  /** Findings of the watched run. */
  findings: z.int(),
  /** Number of differences by the name of what explains them. */
  explained: z.record(z.string(), z.int()),
  unexplained: z.array(Unexplained),
  hung: z.array(z.string()),
  slowdown: z.number(),
});
export type Result = z.infer<typeof Result>;

/** At most so many differences of one trial are written down; the first are enough to look into it. */
const MAX_WRITTEN = 20;

export function toResult({ suite, column }: Prepared, trial: Trial, hauntEvery: number): Result {
  const explained: Record<string, number> = {};
  const unexplained: z.infer<typeof Unexplained>[] = [];
  for (const difference of trial.comparison.differences) {
    const names = explain(difference);
    if (names === null) unexplained.push({ test: difference.test, aspect: difference.aspect });
    for (const name of names ?? []) explained[name] = (explained[name] ?? 0) + 1;
  }
  if (trial.comparison.tests === 0) unexplained.push({ test: null, aspect: "no test ran" });
  const { tests, failing, unsteady, unsteadySession } = trial.comparison;
  return {
    suite: suite.name,
    version: suite.versions[column.name] ?? "",
    column: column.name,
    way: trial.way,
    compared: tests - unsteady.length,
    failing,
    unsteady: unsteady.length,
    unsteadySession: [...unsteadySession],
    hauntEvery: trial.way === "haunted" ? hauntEvery : 1,
    findings: Object.values(trial.findings).reduce((sum, count) => sum + count, 0),
    explained,
    unexplained: unexplained.slice(0, MAX_WRITTEN),
    hung: [...trial.hung],
    slowdown: Math.round((10 * trial.watchedMs) / trial.bareMs) / 10,
  };
}

function readResults(): readonly Result[] {
  return existsSync(RESULTS) ? z.array(Result).parse(JSON.parse(readFileSync(RESULTS, "utf8"))) : [];
}

/** Puts results in the place of those of the same suite, column and way. */
export function writeResults(results: readonly Result[]): readonly Result[] {
  const all = new Map([...readResults(), ...results].map((result) => [keyOf(result), result]));
  const sorted = [...all.values()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  writeFileSync(RESULTS, `${JSON.stringify(sorted, null, 2)}\n`);
  return sorted;
}

function keyOf({ suite, column, way }: Result): string {
  return [suite, COLUMN_NAMES.indexOf(columnOf(column).name), WAYS.indexOf(way)].join(" ");
}
