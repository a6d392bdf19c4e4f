import { engineVersion } from "../engine-version.ts";
import type { Io } from "../io.ts";
import { CannotRun } from "./cannot-run.ts";
import { type Check, check } from "./check.ts";
import { judgeHooks, missingHooks } from "./judge-hooks.ts";
import { findMarkers, judgeSuite, judgeTracing } from "./judge-suite.ts";
import type { Facts } from "./read-facts.ts";
import { describeEnd, type Ended, signalName } from "./run-program.ts";
import {
  type RandomEnd,
  runBare,
  runCost,
  runPlanted,
  runRandom,
  type SuiteEnd,
  suiteFolder,
  type WatchedEnd,
  type Workplace,
} from "./run-suite.ts";
import type { BuildFate, Cost, SelftestOutcome } from "./selftest-outcome.ts";
import { forgetBuild, type Remembered, rememberBuild } from "./tested-builds.ts";

/** What pytest exits with when all tests passed, and when some failed, as those do that are meant to. */
const PYTEST_ENDS: readonly (number | null)[] = [0, 1];

/** Runs the programs of the self-test one after the other, and judges what they did. Throws CannotRun. */
export async function runChecks(place: Workplace, io: Io): Promise<SelftestOutcome> {
  const startMs = performance.now();
  const steps = new Steps(io.stderr);
  steps.begin("tests that nobody watches");
  const bare = await runBare(place);
  const facts = factsOf(bare, io);
  steps.begin("tests with planted leaks");
  const planted = await runPlanted("force", place);
  steps.begin("allocations at random");
  const random = await runRandom(place);
  steps.begin("what watching costs");
  const watched = await runCost(place);
  const rounds = { bare: [bare, await runBare(place)], watched: [watched, await runCost(place)] };
  const checks = [...judgePlantedRun(planted, true), ...judgeRandom(random), ...rounds.watched.flatMap(judgeCostRun)];
  const isRight = checks.every((each) => each.isRight);
  if (!isRight) steps.begin("the planted leaks once more, without the tracer");
  const withoutTracer = isRight ? null : judgePlantedRun(await runPlanted("off", place), false);
  const { fate, warnings } = rememberOrForget(isRight, facts, random, io);
  return {
    engine: engineVersion(),
    facts,
    mock: io.env.TT_METAL_MOCK_CLUSTER_DESC_PATH ? (io.env.TT_MEMWATCH_MOCK_DEVICE ?? "of its own") : null,
    isSlowDispatch: io.env.TT_METAL_SLOW_DISPATCH_MODE !== undefined,
    checks,
    withoutTracer,
    lists: { compared: random.comparison.compared, equal: random.comparison.equal },
    missingHooks: missingHooks(random.hooks),
    cost: { bareMs: msOf(rounds.bare), watchedMs: msOf(rounds.watched) },
    build: fate,
    warnings,
    durationMs: Math.round(performance.now() - startMs),
  };
}

/** Says on standard error what is being done: each step takes seconds. */
class Steps {
  static readonly COUNT = 4;
  readonly #stderr: NodeJS.WritableStream;
  #number = 0;

  constructor(stderr: NodeJS.WritableStream) {
    this.#stderr = stderr;
  }

  begin(what: string): void {
    this.#number += 1;
    const number = this.#number <= Steps.COUNT ? `${this.#number} of ${Steps.COUNT}: ` : "";
    this.#stderr.write(`tt-memwatch: selftest: ${number}${what}\n`);
  }
}

/** Without tt-memwatch, tests have to run here: else it is not on us to say what is wrong. */
function factsOf({ ended, facts }: SuiteEnd, { env }: Io): Facts {
  if (facts !== null && Object.keys(facts.banks).length > 0 && ended.exitCode === 0) return facts;
  const todo = env.TT_METAL_MOCK_CLUSTER_DESC_PATH
    ? "see `tt-memwatch mock --help` for the versions that run on a mock device"
    : "without a board, put `tt-memwatch mock --` before it";
  throw new CannotRun(`ttnn opens no device, with nobody watching: pytest ${describeEnd(ended)}; ${todo}`);
}

function judgePlantedRun({ ended, facts, report }: WatchedEnd, isTraced: boolean): readonly Check[] {
  const ran = checkEnd("planted leaks", ended, PYTEST_ENDS);
  if (report === null || facts === null) return [{ ...ran, isRight: false }];
  const judged = judgeSuite(report, facts, findMarkers(suiteFolder()));
  return [ran, ...judged, ...(isTraced ? judgeTracing(report) : [])];
}

function judgeCostRun({ ended, report }: WatchedEnd): readonly Check[] {
  const failing = report?.findings.filter(({ fails }) => fails).map(({ verdict, test }) => `${verdict} of ${test}`);
  const said = failing === undefined ? "no report" : (failing[0] ?? "nothing");
  return [checkEnd("clean tests", ended, [0]), check("innocent", "clean tests", "nothing", said)];
}

function judgeRandom({ ended, lists, comparison, hooks }: RandomEnd): readonly Check[] {
  const { compared, equal, difference, failedAllocations, lostRecords } = comparison;
  const listed = lists.listed.length;
  const asked = lists.done?.outOfMemory ?? 0;
  const takenOver = lists.done?.takenOver ?? "unknown";
  return [
    checkEnd("allocations at random", ended, [0]),
    check("lists", "compared", `${listed}`, `${compared}`, compared === listed && compared > 0),
    check("lists", "the tracer's and ttnn's", "the same", difference ?? "the same", equal === compared),
    check("tracer", "records of the random program lost", "0", `${lostRecords}`),
    check("tracer", "failed allocations", `${asked} or more`, `${failedAllocations}`, failedAllocations >= asked),
    check("tracer", "calls taken over by others", "none", takenOver === "" ? "none" : takenOver),
    ...judgeHooks(hooks),
  ];
}

function checkEnd(name: string, ended: Ended, wanted: readonly (number | null)[]): Check {
  const isAsWanted = ended.signal === null && wanted.includes(ended.exitCode);
  const got = isAsWanted || signalName(ended.exitCode) === null ? ended : { ...ended, output: "" };
  return check("suite", name, "ran to its end", isAsWanted ? "ran to its end" : describeEnd(got), isAsWanted);
}

function msOf(rounds: readonly SuiteEnd[]): Cost["bareMs"] {
  return rounds.flatMap(({ facts }) => facts?.msPerTest ?? []);
}

/** Versions on the tracer's own list are traced in any case. */
function rememberOrForget(
  isRight: boolean,
  { build, ttnn }: Facts,
  { lists: { tracer } }: RandomEnd,
  { env }: Io,
): { readonly fate: BuildFate; readonly warnings: readonly string[] } {
  if (build === null) return { fate: tracer?.isListed ? "listed" : "not-remembered", warnings: [] };
  if (!isRight) return fateOf("forgotten", "not-remembered", forgetBuild(build, env));
  if (tracer === null || tracer.isListed) return { fate: "listed", warnings: [] };
  const testedAt = new Date().toISOString();
  const remembered = rememberBuild({ build, ttnn, tracer: tracer.tracer, testedAt }, env);
  return fateOf("remembered", "not-remembered", remembered);
}

function fateOf(done: BuildFate, otherwise: BuildFate, { isChanged, warning }: Remembered) {
  return { fate: isChanged ? done : otherwise, warnings: warning === "" ? [] : [warning] };
}
