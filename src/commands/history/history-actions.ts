import { count } from "../../core/base/count.ts";
import { printable } from "../../core/base/printable.ts";
import { UsageError } from "../../core/base/usage-error.ts";
import { growthOverRuns } from "../../core/history/growth-over-runs.ts";
import { ExitCode } from "../../core/model/exit-code.ts";
import { namedTest, severalText } from "../../core/model/named-test.ts";
import { findingsText } from "../../out/report/history/findings-text.ts";
import { runsText } from "../../out/report/history/runs-text.ts";
import { testText } from "../../out/report/history/test-text.ts";
import type { HistoryStore } from "../../out/store/history-store.ts";
import { prune, type Retention } from "../../out/store/prune.ts";
import { countRuns, readRuns } from "../../out/store/read-runs.ts";
import { readRunsOfSignatures } from "../../out/store/read-runs-of-signatures.ts";
import { readTest, testsLike } from "../../out/store/read-test.ts";
import type { Io } from "../io.ts";
import { exportHistory, importHistory } from "./export-import.ts";
import { findingHistories } from "./finding-histories.ts";
import type { HistoryRequest } from "./history-request.ts";
import { withHistory } from "./open-history.ts";

const SCHEMA_ID = "urn:tt-memwatch:history:1";

/** Runs of one test that are read. */
const TEST_RUNS_MAX = 10_000;

/** Tests that are read where a test is known by another path: those whose file and name are the same. */
const TESTS_ALIKE_MAX = 1_000;

/** Tests that are named where none has the name that was given. */
const SIMILAR_TESTS_MAX = 5;

const MS_PER_DAY = 86_400_000;

type Action = (request: HistoryRequest, io: Io) => Promise<number>;

/** What can be looked at, by its word. */
const SHOWN = { runs: listRuns, findings: listFindings, test: showTest };

/** What can be asked of the history, by its word; each gives the exit code. */
export const HISTORY_ACTIONS = {
  runs: reading("runs"),
  findings: reading("findings"),
  test: reading("test"),
  prune: pruneRuns,
  export: exportHistory,
  import: importHistory,
} satisfies Readonly<Record<string, Action>>;

/** Something to show, for people and as JSON. */
interface Shown {
  readonly text: string;
  readonly json: object;
}

/** Throws UsageError where the history cannot be read, or has no such test. */
export function showHistory(what: keyof typeof SHOWN, request: HistoryRequest): Promise<Shown> {
  return withHistory(request.place, "read", (store) => SHOWN[what](store, request));
}

function reading(what: keyof typeof SHOWN): Action {
  return async (request, io) => {
    const { text, json } = await showHistory(what, request);
    io.stdout.write(request.isJson ? `${JSON.stringify({ schema: SCHEMA_ID, ...json }, null, 2)}\n` : text);
    return ExitCode.clean;
  };
}

async function listRuns(store: HistoryStore, { filter, limit }: HistoryRequest): Promise<Shown> {
  const runs = await readRuns(store, filter, limit);
  return { text: runsText(runs, await countRuns(store, filter)), json: { runs } };
}

async function listFindings(store: HistoryStore, { filter, states }: HistoryRequest): Promise<Shown> {
  const all = findingHistories(await readRunsOfSignatures(store, filter), await readRuns(store, filter, null));
  const findings = all.filter(({ state }) => states.has(state));
  return { text: findingsText(findings), json: { findings } };
}

async function showTest(store: HistoryStore, { operand, filter }: HistoryRequest): Promise<Shown> {
  if (operand === null)
    throw new UsageError("history: name a test: tt-memwatch history test tests/test_mlp.py::test_mlp");
  const asked = await readTest(store, operand, filter, TEST_RUNS_MAX);
  const test = asked.length > 0 ? operand : await storedTest(store, operand);
  const runs = test === operand ? asked : await readTest(store, test, filter, TEST_RUNS_MAX);
  if (runs.length === 0) throw await unknownTest(store, operand);
  const growth = growthOverRuns(runs);
  return { text: testText(test, runs, growth), json: { test, growth, runs } };
}

/** The test that is meant, where the runs have it by another path. */
async function storedTest(store: HistoryStore, id: string): Promise<string> {
  const [path = ""] = id.split("::", 1);
  const fileAndName = id.slice(path.lastIndexOf("/") + 1);
  const named = namedTest(id, await testsLike(store, fileAndName, TESTS_ALIKE_MAX));
  if (named.kind === "several") throw new UsageError(`history: ${printable(id)} could be ${severalText(named.tests)}`);
  return named.kind === "one" ? named.test : id;
}

async function unknownTest(store: HistoryStore, test: string): Promise<UsageError> {
  const similar = await testsLike(store, test, SIMILAR_TESTS_MAX);
  const hint = similar.length === 0 ? "name one by its node id, as pytest lists it" : `there is ${similar.join(", ")}`;
  return new UsageError(`history: no such run has the test ${test}; ${hint}`);
}

async function pruneRuns({ place, keepDays, keepBytes, isJson }: HistoryRequest, io: Io): Promise<number> {
  const asked = keepDays !== null || keepBytes !== null;
  const retention: Retention = asked
    ? { ageMs: keepDays === null ? null : keepDays * MS_PER_DAY, sizeBytes: keepBytes }
    : place.retention;
  const removed = await withHistory(place, "write", (store) => prune(store, retention, Date.now()));
  io.stdout.write(
    isJson ? `${JSON.stringify({ schema: SCHEMA_ID, removed })}\n` : `tt-memwatch: removed ${count(removed, "run")}\n`,
  );
  return ExitCode.clean;
}
