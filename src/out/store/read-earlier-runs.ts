import { type Selectable, sql } from "kysely";
import type { CoursePoint, EarlierRuns } from "../../core/model/history.ts";
import { historyKey } from "../../core/model/history-key.ts";
import type { HistoryStore } from "./history-store.ts";
import { readRuns } from "./read-runs.ts";
import { readRunsOfSignatures } from "./read-runs-of-signatures.ts";
import { ALL_RUNS } from "./run-filter.ts";
import { signatureNames } from "./signature-names.ts";
import type { Db, Tables } from "./tables.ts";

/** Runs of which the size of each signature is read: as many as a small chart can show. */
const COURSE_RUNS_MAX = 40;

/** What is known of the runs that began before a time, in ms since 1970; null: there is none. */
export async function readEarlierRuns(store: HistoryStore, beforeMs: number): Promise<EarlierRuns | null> {
  const before = { ...ALL_RUNS, beforeMs };
  const listed = await readRuns(store, before, null);
  const oldest = listed[Math.min(listed.length, COURSE_RUNS_MAX) - 1];
  if (oldest === undefined) return null;
  const tests = await readTests(store.db, beforeMs);
  return {
    runs: listed.map(({ id, startedAt, commit }) => ({ id, startedAt, commit })),
    seen: await readRunsOfSignatures(store, before),
    courses: await readCourses(store.db, tests, Date.parse(oldest.startedAt), beforeMs),
    testsFirstMs: new Map(tests.map(({ name, first_ms }) => [name, first_ms])),
  };
}

type TestRow = Pick<Selectable<Tables["memwatch_test"]>, "id" | "name" | "first_ms">;

function readTests(db: Db, beforeMs: number): Promise<TestRow[]> {
  const tests = db.selectFrom("memwatch_test").select(["id", "name", "first_ms"]);
  return tests.where("first_ms", "<", beforeMs).execute();
}

interface Row extends CoursePoint {
  readonly signature: number;
  readonly test: number | null;
}

/** What each signature left in each run from one time to before another. */
async function readCourses(
  db: Db,
  tests: readonly TestRow[],
  fromMs: number,
  beforeMs: number,
): Promise<EarlierRuns["courses"]> {
  const namesOf = await signatureNames(db);
  const testNames = new Map(tests.map(({ id, name }) => [id, name]));
  const courses = new Map<string, Map<number, number>>();
  for (const { signature, test, atMs, sizeBytes } of await rowsOf(db, fromMs, beforeMs)) {
    const key = historyKey(namesOf(signature)[0] ?? "", test === null ? null : (testNames.get(test) ?? null));
    const course = courses.get(key) ?? new Map<number, number>();
    courses.set(key, course.set(atMs, (course.get(atMs) ?? 0) + sizeBytes));
  }
  return new Map([...courses].map(([key, course]) => [key, pointsOf(course)]));
}

function pointsOf(course: ReadonlyMap<number, number>): readonly CoursePoint[] {
  return [...course].map(([atMs, sizeBytes]) => ({ atMs, sizeBytes })).toSorted((a, b) => a.atMs - b.atMs);
}

/** What each test left of each signature; 0 where a run checked a test and found nothing of what it had left in another one. */
async function rowsOf(db: Db, fromMs: number, beforeMs: number): Promise<readonly Row[]> {
  const left = sql`memwatch_finding where is_left = 1 and at_ms >= ${fromMs} and at_ms < ${beforeMs}`;
  const found = await sql<Row>`
    select signature_id as signature, test_id as test, at_ms as "atMs", cast(sum(size_bytes) as bigint) as "sizeBytes"
    from ${left} group by signature_id, test_id, at_ms`.execute(db);
  const checked = await sql<Row>`
    select f.signature, f.test, r.at_ms as "atMs", 0 as "sizeBytes"
    from (select distinct signature_id as signature, test_id as test from ${left}) f
    join memwatch_result r on r.test_id = f.test and r.at_ms >= ${fromMs} and r.at_ms < ${beforeMs}
      and (r.is_checked = 1 or (r.is_checked = 2 and not exists (
        select 1 from memwatch_signature s where s.id = f.signature and substr(s.subject, 1, 8) = 'fixture_')))`.execute(
    db,
  );
  return [...found.rows, ...checked.rows];
}
