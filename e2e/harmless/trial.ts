import { join } from "node:path";
import { runArm, type Seen, type Way } from "./arm.ts";
import { type Column, columnOf } from "./columns.ts";
import { type Comparison, compare } from "./compare.ts";
import { sourceOf, suitePython } from "./environments.ts";
import { explain } from "./explanations.ts";
import { type Observations, observe } from "./observations.ts";
import { OWN } from "./own-suites.ts";
import { CACHE, OWN_SUITE } from "./places.ts";
import { packageOf, type Suite } from "./suites.ts";

/** How long one run of a suite may take, if it does not say so itself. */
const RUN_WITHIN_MINUTES = 20;
const MS_PER_MINUTE = 60_000;

/**
 * How often a suite is run without us, and with us, where something differs that nobody has explained. What comes out in
 * one of two ways by chance would agree five times without us and five times with us, and differ, in one of 500 cases.
 */
const MAX_RUNS = 5;

/** What whoever starts the runs chose for all of them. */
export interface Choice {
  /** Variables, for who looks into a difference. */
  readonly set: Readonly<Record<string, string>>;
  /** How long one run of any suite may take; null: as the suite says. */
  readonly minutes: number | null;
  /** One of so many tests of a haunted suite leaves a tensor. */
  readonly hauntEvery: number;
}

/** What one way of running one suite on one column showed. */
export interface Trial {
  readonly way: Way;
  readonly comparison: Comparison;
  /** Findings of the first watched run, by verdict: that measuring, collecting and searching ran. */
  readonly findings: Readonly<Record<string, number>>;
  readonly bareMs: number;
  readonly watchedMs: number;
  /** Ways that had to be ended, because they took too long. */
  readonly hung: readonly string[];
}

export interface Prepared {
  readonly suite: Suite;
  readonly column: Column;
  readonly python: string;
  readonly source: string;
}

/** Brings a suite's source and Python; kept between calls. */
export async function prepare(suite: Suite, columnName: keyof Suite["versions"]): Promise<Prepared> {
  const column = columnOf(columnName);
  const version = suite.versions[columnName];
  if (version === undefined || version === OWN) {
    return { suite, column, python: await suitePython(column, suite.packages ?? []), source: OWN_SUITE };
  }
  const name = packageOf(suite);
  const requirement = `${name}==${version}`;
  const source = suite.isOwn === true ? OWN_SUITE : await sourceOf(column, requirement);
  const own = name === "pytest" ? [] : [requirement];
  return { suite, column, python: await suitePython(column, [...own, ...(suite.packages ?? [])]), source };
}

/**
 * Runs a suite twice without us and once with us. Where that shows a difference that nobody has explained, more of each
 * follow: what is not the same in all of a kind is unsteady, and told as that.
 */
export async function compareSuite(prepared: Prepared, way: Way, choice: Choice): Promise<Trial> {
  const arm = (isWatched: boolean, name: string): Promise<Seen> => run(prepared, way, isWatched, name, choice);
  const bare = [await arm(false, "bare-1")];
  // What does not end without us either is not compared: it would take as long each time.
  if (bare.some(({ exitCode }) => exitCode === null)) throw new Error("it took too long without us");
  bare.push(await arm(false, "bare-2"));
  const watched = [await arm(true, "watched-1")];
  let comparison = compareSeen(bare, watched);
  while (watched.length < MAX_RUNS && hasOpen(comparison) && watched.every(({ exitCode }) => exitCode !== null)) {
    watched.push(await arm(true, `watched-${watched.length + 1}`));
    if (bare.length < MAX_RUNS) bare.push(await arm(false, `bare-${bare.length + 1}`));
    comparison = compareSeen(bare, watched);
  }
  return {
    way,
    comparison,
    findings: watched[0]?.findings ?? {},
    bareMs: Math.min(...bare.map(({ durationMs }) => durationMs)),
    watchedMs: Math.min(...watched.map(({ durationMs }) => durationMs)),
    hung: [...bare.map((seen) => ["bare", seen] as const), ...watched.map((seen) => ["watched", seen] as const)]
      .filter(([, { exitCode }]) => exitCode === null)
      .map(([name]) => name),
  };
}

function hasOpen({ differences }: Comparison): boolean {
  return differences.some((difference) => explain(difference) === null);
}

function compareSeen(bare: readonly Seen[], watched: readonly Seen[]): Comparison {
  const observed = (runs: readonly Seen[]): Observations[] => runs.map(observe);
  return compare(observed(bare), observed(watched));
}

async function run(
  { suite, column, python, source }: Prepared,
  way: Way,
  isWatched: boolean,
  name: string,
  choice: Choice,
): Promise<Seen> {
  // Many need it, and some leave the conftest that loads it out of their source distribution.
  const args = ["-p", "pytester", ...suite.args];
  const { env = {}, minutes = RUN_WITHIN_MINUTES } = suite;
  const keptIn = join(CACHE, "last", `${suite.name}-${column.name}-${way}`, name);
  return runArm({
    python,
    source,
    args,
    env: { ...env, ...choice.set },
    way,
    hauntEvery: choice.hauntEvery,
    part: suite.part,
    isWatched,
    withinMs: (choice.minutes ?? minutes) * MS_PER_MINUTE,
    keptIn,
  });
}
