import { type RawBuilder, sql } from "kysely";
import type { Sightings, StoredFinding } from "../../core/model/history.ts";
import type { HistoryStore } from "./history-store.ts";
import { storedFinding } from "./read-findings.ts";
import { ofRuns, type RunFilter } from "./run-filter.ts";
import { signatureNames } from "./signature-names.ts";
import type { Db } from "./tables.ts";

/** A signature that was found in the runs that were asked for. */
export interface SeenSignature extends Sightings {
  /** What the last run that had it found of it. */
  readonly lastFindings: readonly StoredFinding[];
}

interface Row extends Omit<Sightings, "signature" | "wasAbsent"> {
  readonly id: number;
  readonly absentBetweenMs: number | null;
}

/** When each signature of left memory was there, in the order of its first run. */
export async function readSightings({ db }: HistoryStore, filter: RunFilter): Promise<SeenSignature[]> {
  const runs = sql`(${db.selectFrom("memwatch_run").select("id").where(ofRuns(filter))})`;
  const namesOf = await signatureNames(db);
  const { rows } = await sightings(runs).execute(db);
  const found = await lastFindings(db, runs, namesOf);
  return rows.map(({ id, absentBetweenMs, ...row }) => ({
    ...row,
    signature: namesOf(id)[0] ?? "",
    wasAbsent: absentBetweenMs !== null,
    lastFindings: found.get(id) ?? [],
  }));
}

/** All columns but the last two are answered by indices alone. `runs`: numbers of the runs that count. */
function sightings(runs: RawBuilder<unknown>): RawBuilder<Row> {
  return sql<Row>`
    with seen as (
      select signature_id as id, count(distinct run_id) as runs, min(at_ms) as first_ms, max(at_ms) as last_ms
      from memwatch_finding
      where is_left = 1 and run_id in ${runs}
      group by signature_id
    ),
    again as (
      select seen.*, (
        select max(f.at_ms) from memwatch_finding f
        where f.is_left = 1 and f.signature_id = seen.id and f.at_ms < seen.last_ms and f.run_id in ${runs}
      ) as previous_ms
      from seen
    )
    select id, runs, first_ms as "firstMs", last_ms as "lastMs", previous_ms as "previousMs",
      ${checkedWithout(runs, sql`last_ms`, sql`9007199254740991`)} as "absentMs",
      ${checkedWithout(runs, sql`previous_ms`, sql`last_ms`)} as "absentBetweenMs",
      (
        select min(t.first_ms) from memwatch_finding f join memwatch_test t on t.id = f.test_id
        where f.is_left = 1 and f.signature_id = again.id and f.at_ms = again.last_ms
      ) as "testsFirstMs",
      (
        select max(r.at_ms) from memwatch_finding f join memwatch_result r on r.test_id = f.test_id
        where f.is_left = 1 and f.signature_id = again.id and f.at_ms = again.last_ms and r.run_id in ${runs}
      ) as "testsLastMs"
    from again
    order by first_ms, id`;
}

/**
 * The first run between two times that checked what had left a signature at the first of them: the same tests, or tests of the same
 * name that had never been run before then (they moved, or have other parameters), or, of memory that is no test's, any test.
 */
function checkedWithout(runs: RawBuilder<unknown>, from: RawBuilder<unknown>, to: RawBuilder<unknown>) {
  return sql`(
    select min(at_ms) from (
      select min(r.at_ms) as at_ms from memwatch_finding f join memwatch_result r on r.test_id = f.test_id
      where f.is_left = 1 and f.signature_id = again.id and f.at_ms = again.${from}
        and r.at_ms > again.${from} and r.at_ms < ${to} and r.is_checked = 1 and r.run_id in ${runs}
      union all
      select min(r.at_ms) from memwatch_signature s
        join memwatch_test t on t.subject = s.subject and t.first_ms > again.${from}
        join memwatch_result r on r.test_id = t.id
      where s.id = again.id and r.at_ms > again.${from} and r.at_ms < ${to} and r.is_checked = 1 and r.run_id in ${runs}
      union all
      select min(r.at_ms) from memwatch_finding f join memwatch_run r on r.at_ms > f.at_ms
      where f.is_left = 1 and f.signature_id = again.id and f.at_ms = again.${from} and f.test_id is null
        and r.at_ms < ${to} and r.tests_checked > 0 and r.id in ${runs}
    ) as checked
  )`;
}

/** What the last run that had each signature found of it, by the signature's number. */
async function lastFindings(
  db: Db,
  runs: RawBuilder<unknown>,
  namesOf: (id: number) => readonly string[],
): Promise<ReadonlyMap<number, readonly StoredFinding[]>> {
  const last = sql<{ id: number; at_ms: number }>`(
    select signature_id as id, max(at_ms) as at_ms from memwatch_finding
    where is_left = 1 and run_id in ${runs} group by signature_id
  )`.as<"last">("last");
  const rows = await db
    .selectFrom(last)
    .innerJoin("memwatch_finding as f", (join) =>
      join.onRef("f.signature_id", "=", "last.id").onRef("f.at_ms", "=", "last.at_ms").on("f.is_left", "=", 1),
    )
    .leftJoin("memwatch_test as t", "t.id", "f.test_id")
    .selectAll("f")
    .select("t.name as test")
    .orderBy("f.run_id")
    .orderBy("f.position")
    .execute();
  const byId = Map.groupBy(rows, ({ signature_id }) => signature_id);
  return new Map([...byId].map(([id, found]) => [id, found.map((row) => storedFinding(row, row.test, namesOf(id)))]));
}
