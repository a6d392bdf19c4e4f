import { rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { readTextFile } from "../../files/open-outside-file.ts";
import { ownFile } from "../../files/own-files.ts";
import { RingReader } from "../../in/regions/ring-reader.ts";
import { makeRingFolder } from "../../in/sources/ring-folder.ts";
import type { JsonReport } from "../../out/report/json-schema.ts";
import { ownProgram } from "../own-program.ts";
import { DEFAULT_STACK_FRAMES } from "../run/tracer-options.ts";
import { TRACER_MODULE, traceEnvironment } from "../run/watched-environment.ts";
import { ListComparison, type Lists, readLists } from "./compare-lists.ts";
import { type Facts, readFacts } from "./read-facts.ts";
import { type Ended, type ProgramPlace, runProgram } from "./run-program.ts";

const CLIENT = "clients/selftest";
const COST_SUITE = `${CLIENT}/cost`;
const RANDOM_PROGRAM = `${CLIENT}/random_allocations.py`;

/** The folder of the planted tests. */
export function suiteFolder(): string {
  return ownFile(`${CLIENT}/suite`);
}

/** Lists that are compared, beside those around the closing of a device. */
const COMPARISONS = 300;

const SEED = 1;

/** Of a report on the suite. */
const REPORT_BYTES_MAX = 64 * 1024 * 1024;

const FACTS_VARIABLE = "TT_MEMWATCH_SELFTEST_FACTS";

/** What the user has set for their own suites and reports. */
const NOT_FOR_OURS = /^(TT_MEMWATCH_(?!MOCK_)\w+|TT_ALLOC_\w+|PYTEST_\w+|GITHUB_STEP_SUMMARY)$/;

/** Where the programs of the self-test run, and with which Python. */
export interface Workplace extends ProgramPlace {
  readonly python: string;
}

/** What a suite that nobody watches, or one that is watched, showed. */
export interface SuiteEnd {
  readonly ended: Ended;
  /** null: it ended before it could say anything. */
  readonly facts: Facts | null;
}

export interface WatchedEnd extends SuiteEnd {
  /** null: there is none. */
  readonly report: JsonReport | null;
}

/** What the random program did, by itself and by its ring. */
export interface RandomEnd {
  readonly ended: Ended;
  readonly lists: Lists;
  readonly comparison: ListComparison;
  /** Which hooks were in place; null: there was no ring. */
  readonly hooks: number | null;
}

/** The environment of our own programs: without what the user's suites are set up with. `folder`: for what goes nowhere. */
export function ownEnvironment(env: Readonly<NodeJS.ProcessEnv>, folder: string): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !NOT_FOR_OURS.test(name));
  return {
    ...Object.fromEntries(kept),
    PYTEST_DISABLE_PLUGIN_AUTOLOAD: "1",
    PYTHONDONTWRITEBYTECODE: "1",
    // What is planted is not to be on the books of a server that others use.
    TT_MEMWATCH_SERVER_SOCKET: join(folder, "no-server.sock"),
  };
}

/** Short clean tests, as if we were not there. */
export async function runBare(place: Workplace): Promise<SuiteEnd> {
  const env = {
    ...place.env,
    TT_MEMWATCH_TRACER: "off",
    PYTHONPATH: [place.env.PYTHONPATH, ownFile(TRACER_MODULE)].filter(Boolean).join(delimiter),
  };
  return runWithFacts(pytest(place, ownFile(COST_SUITE)), { ...place, env });
}

/** The same tests, watched. */
export function runCost(place: Workplace): Promise<WatchedEnd> {
  return runWatched(ownFile(COST_SUITE), "force", place);
}

/** The planted tests, watched; `tracer`: as the option of `run`. */
export function runPlanted(tracer: "force" | "off", place: Workplace): Promise<WatchedEnd> {
  return runWatched(suiteFolder(), tracer, place);
}

/** As `tt-memwatch run` does it, by this program itself. */
async function runWatched(suite: string, tracer: "force" | "off", place: Workplace): Promise<WatchedEnd> {
  const json = join(place.cwd, "report.json");
  rmSync(json, { force: true });
  const run = [...ownProgram(), "run", `--tracer=${tracer}`, "--quiet", "--no-status", "--json", json];
  const end = await runWithFacts([...run, "--", ...pytest(place, suite)], place);
  return { ...end, report: readReport(json) };
}

function pytest({ python }: Workplace, suite: string): readonly string[] {
  return [python, "-m", "pytest", "-c", ownFile(`${CLIENT}/pytest.ini`), "--rootdir", ownFile(CLIENT), suite];
}

async function runWithFacts(command: readonly string[], place: Workplace): Promise<SuiteEnd> {
  const path = join(place.cwd, "facts.json");
  rmSync(path, { force: true });
  const ended = await runProgram(command, { ...place, env: { ...place.env, [FACTS_VARIABLE]: path } });
  return { ended, facts: readFacts(path) };
}

/** Written by this program, a moment ago. */
function readReport(path: string): JsonReport | null {
  try {
    return JSON.parse(readTextFile(path, REPORT_BYTES_MAX));
  } catch {
    return null;
  }
}

/** The random program, traced; its ring is read when it has ended, which has room for all it records. */
export async function runRandom(place: Workplace): Promise<RandomEnd> {
  using folder = makeRingFolder();
  const file = join(place.cwd, "lists.jsonl");
  rmSync(file, { force: true });
  const tracing = { folder: folder.path, mode: "force", stackFrames: DEFAULT_STACK_FRAMES } as const;
  const env = traceEnvironment(place.env, tracing);
  const command = [place.python, ownFile(RANDOM_PROGRAM), file, `${SEED}`, `${COMPARISONS}`];
  const ended = await runProgram(command, { ...place, env });
  const lists = readLists(file);
  const comparison = new ListComparison(lists);
  const [ring] = folder.rings() ?? [];
  const hooks = ring === undefined ? null : readRing(ring, comparison);
  return { ended, lists, comparison, hooks };
}

function readRing(path: string, sink: ListComparison): number | null {
  using reader = RingReader.open(path, sink);
  reader?.finish();
  return reader?.hooks ?? null;
}
