/**
 * What it takes to store a large run in a history, and to list what is in one of many runs, on both databases; ms by the clock, the
 * fastest of some rounds: a server's time is not ours to count, and others use the same processors.
 *
 * Usage: node bench/history/run.ts [--runs 1000] [--rounds 5]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { sql } from "kysely";
import { NO_POSTGRES, startPostgres } from "../../fixtures/history/postgres.ts";
import { storedDay } from "../../fixtures/history/runs.ts";
import { findingHistories } from "../../src/commands/history/finding-histories.ts";
import { growthOverRuns } from "../../src/core/history/growth-over-runs.ts";
import type { StoredRun } from "../../src/core/model/history.ts";
import { exportedLine } from "../../src/out/store/exported-line.ts";
import { type HistoryStore, openHistory } from "../../src/out/store/history-store.ts";
import { readRuns } from "../../src/out/store/read-runs.ts";
import { readRunsOfSignatures } from "../../src/out/store/read-runs-of-signatures.ts";
import { readTest } from "../../src/out/store/read-test.ts";
import { ALL_RUNS } from "../../src/out/store/run-filter.ts";
import { saveRun } from "../../src/out/store/save-run.ts";
import { type Figure, writeFigures } from "../goals/figures.ts";

/** Of the run that is stored. */
const [LARGE_TESTS, LARGE_FINDINGS] = [10_000, 1_000];
/** Of each of the many runs. */
const [TESTS, FINDINGS] = [100, 20];
/** Different findings over all of the many runs. */
const SIGNATURES = 200;

const { values } = parseArgs({
  options: { runs: { type: "string", default: "1000" }, rounds: { type: "string", default: "5" } },
});
const runs = Number(values.runs);
const rounds = Number(values.rounds);

/** A run of a day in which each of the findings is another test's; `shift`: which of all tests these are. */
function runOf(day: number, tests: number, findings: number, shift: number, all: number): StoredRun {
  const names = Array.from({ length: tests }, (_, index) => testAt((index + shift) % all));
  return storedDay(
    day,
    names,
    names.slice(0, findings).map((test) => ({ test })),
  );
}

function testAt(index: number): string {
  return `tests/models/test_model_${index % 50}.py::test_layer_${index}[bfloat16-1024]`;
}

async function msOf(work: () => Promise<unknown>): Promise<number> {
  const before = performance.now();
  await work();
  return performance.now() - before;
}

interface Arm {
  readonly store: number;
  readonly listings: Readonly<Record<string, number>>;
}

async function measure(where: string): Promise<Arm> {
  await using store = await openHistory(where, "write");
  const times: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const run = runOf(round, LARGE_TESTS, LARGE_FINDINGS, 0, LARGE_TESTS);
    times.push(await msOf(() => saveRun(store, run)));
  }
  await using many = await openHistory(where.replace(/one(?=\.db|\?|$)/, "many"), "write");
  for (let day = 1; day <= runs; day += 1)
    await saveRun(many, runOf(day, TESTS, FINDINGS, day % SIGNATURES, SIGNATURES));
  // As its own daemon does, within a minute of that many changes.
  if (many.engine === "postgres") await sql`analyze`.execute(many.db);
  return { store: Math.min(...times), listings: await listings(many) };
}

async function listings(store: HistoryStore): Promise<Arm["listings"]> {
  const asked: Readonly<Record<string, () => Promise<unknown>>> = {
    "`history`": () => readRuns(store, ALL_RUNS, null),
    "`history findings`": async () =>
      findingHistories(await readRunsOfSignatures(store, ALL_RUNS), await readRuns(store, ALL_RUNS, null)),
    "`history test`": async () => growthOverRuns(await readTest(store, testAt(7), ALL_RUNS, 10_000)),
  };
  const found: Record<string, number> = {};
  for (const [name, work] of Object.entries(asked)) {
    const times: number[] = [];
    for (let round = 0; round < rounds; round += 1) times.push(await msOf(work));
    found[name] = Math.min(...times);
  }
  return found;
}

const folder = mkdtempSync(path.join(tmpdir(), "bench-history-"));
const server = NO_POSTGRES === false ? await startPostgres() : null;
const arms: Record<string, Arm> = {};
try {
  arms.SQLite = await measure(path.join(folder, "one.db"));
  if (server !== null) {
    server.database("many");
    arms.PostgreSQL = await measure(server.database("one"));
  }
} finally {
  await server?.stop();
  rmSync(folder, { recursive: true });
}

const sizeBytes = Buffer.byteLength(exportedLine(runOf(1, LARGE_TESTS, LARGE_FINDINGS, 0, LARGE_TESTS)));
const unmeasured = server === null ? `; ${NO_POSTGRES}` : "";
const figures: Figure[] = [
  figure(
    `storing a run of ${LARGE_TESTS} tests and ${LARGE_FINDINGS} findings in the history, on the slower database`,
    Object.fromEntries(Object.entries(arms).map(([name, { store }]) => [name, store])),
    1_000,
    `${(sizeBytes / 1e6).toFixed(1)} MB as a line of history export${unmeasured}`,
  ),
  figure(
    `the slowest list over ${runs} runs in the history, on the slower database`,
    Object.fromEntries(
      Object.entries(arms).flatMap(([name, { listings: each }]) => {
        return Object.entries(each).map(([list, ms]) => [`${list}, ${name}`, ms]);
      }),
    ),
    100,
    `of ${TESTS} tests and ${FINDINGS} findings each, ${SIGNATURES} different ones${unmeasured}`,
  ),
];

function figure(name: string, all: Readonly<Record<string, number>>, goal: number, note: string): Figure {
  return { item: 18, name, arms: all, value: Math.max(...Object.values(all)), goal, unit: " ms", before: null, note };
}

writeFigures("history", figures);
for (const { name, arms: all } of figures) {
  process.stdout.write(`${name}\n`);
  for (const [arm, ms] of Object.entries(all)) process.stdout.write(`  ${arm}: ${ms.toFixed(1)} ms\n`);
}
