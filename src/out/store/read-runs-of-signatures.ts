import { type RawBuilder, sql } from "kysely";
import type { SeenSignature, Sightings, StoredFinding } from "../../core/model/history.ts";
import type { HistoryStore } from "./history-store.ts";
import { storedFinding } from "./read-findings.ts";
import { isEverything, ofRuns, type RunFilter } from "./run-filter.ts";
import { type SharedSignature, sharedSignatures } from "./shared-signatures.ts";
import { signatureNames } from "./signature-names.ts";
import type { Db } from "./tables.ts";

interface Row extends Omit<Sightings, "signature" | "wasAbsent"> {
  readonly id: number;
  readonly absentBetweenMs: number | null;
}

/**
 * When each signature of left memory was there, in the order of its first run. Tests of one name in several files share signatures:
 * it is reported for each file.
 */
export async function readRunsOfSignatures({ db }: HistoryStore, filter: RunFilter): Promise<SeenSignature[]> {
  const isOf = runsOf(db, filter);
  const namesOf = await signatureNames(db);
  const shared = await sharedSignatures(db);
  const groups = [{ ofSignature: otherThan(shared), ofTests: ANY_TEST }, ...shared.map(groupOf)];
  const seen: SeenSignature[] = [];
  for (const group of groups) {
    const { rows } = await sightings(isOf, group).execute(db);
    const found = await lastFindings(db, isOf, namesOf, group);
    for (const { id, absentBetweenMs, ...row } of rows) {
      const signature = namesOf(id)[0] ?? "";
      seen.push({ ...row, signature, wasAbsent: absentBetweenMs !== null, lastFindings: found.get(id) ?? [] });
    }
  }
  return seen.toSorted((a, b) => a.firstMs - b.firstMs);
}

/** Which findings are looked at: of which signatures, and of which tests. */
interface Group {
  readonly ofSignature: (column: string) => RawBuilder<unknown>;
  readonly ofTests: (column: string) => RawBuilder<unknown>;
}

const ANY_TEST = (): RawBuilder<unknown> => sql``;

function groupOf({ signature, tests }: SharedSignature): Group {
  return {
    ofSignature: (column) => sql`and ${sql.ref(column)} = ${signature}`,
    ofTests: (column) => sql`and ${sql.ref(column)} in (${numbers(tests)})`,
  };
}

function otherThan(shared: readonly SharedSignature[]): Group["ofSignature"] {
  if (shared.length === 0) return () => sql``;
  const ids = numbers([...new Set(shared.map(({ signature }) => signature))]);
  return (column) => sql`and ${sql.ref(column)} not in (${ids})`;
}

/** There may be more than a query may have parameters. */
function numbers(ids: readonly number[]): RawBuilder<unknown> {
  return sql.raw(ids.map((id) => `${Math.trunc(id)}`).join(", "));
}

/** The condition that a row is of a run that counts, by the column with the run's number. */
type IsOf = (column: string) => RawBuilder<unknown>;

/** To look every row's run up is most of the time, where all of them count. */
function runsOf(db: Db, filter: RunFilter): IsOf {
  if (isEverything(filter)) return () => sql``;
  const runs = db.selectFrom("memwatch_run").select("memwatch_run.id").where(ofRuns(filter));
  // SQLite would make a list of them anew for each signature.
  return (column) => sql`and exists ${runs.where(sql<boolean>`memwatch_run.id = ${sql.ref(column)}`)}`;
}

/** Each column after the first is found by a few steps in an index. */
function sightings(isOf: IsOf, { ofSignature, ofTests }: Group): RawBuilder<Row> {
  return sql<Row>`
    with seen as (
      select signature_id as id, count(distinct run_id) as runs, min(at_ms) as first_ms, max(at_ms) as last_ms
      from memwatch_finding where is_left = 1 ${isOf("run_id")} ${ofSignature("signature_id")} ${ofTests("test_id")} group by signature_id
    ),
    again as (
      select seen.*, (
        select f.at_ms from memwatch_finding f
        where f.is_left = 1 and f.signature_id = seen.id and f.at_ms < seen.last_ms ${isOf("f.run_id")} ${ofTests("f.test_id")}
        order by f.at_ms desc limit 1
      ) as previous_ms, (
        select substr(s.subject, 1, 8) = 'fixture_' from memwatch_signature s where s.id = seen.id
      ) as is_of_fixture
      from seen
    )
    select id, runs, first_ms as "firstMs", last_ms as "lastMs", previous_ms as "previousMs",
      ${checkedWithout(isOf, ofTests, sql`again.last_ms`, sql`9007199254740991`)} as "absentMs",
      ${checkedWithout(isOf, ofTests, sql`again.previous_ms`, sql`again.last_ms`)} as "absentBetweenMs",
      ${ofLeavers(ofTests, sql`again.last_ms`, sql`select min(t.first_ms) from memwatch_test t where t.id = f.test_id`, sql`min`)} as "testsFirstMs",
      ${ofLeavers(
        ofTests,
        sql`again.last_ms`,
        sql`select r.at_ms from memwatch_result r where r.test_id = f.test_id ${isOf("r.run_id")} order by r.at_ms desc limit 1`,
        sql`max`,
      )} as "testsLastMs"
    from again
    order by first_ms, id`;
}

/** The least or the most of what `each` says of the tests that had left a signature at a time. */
function ofLeavers(
  ofTests: Group["ofTests"],
  atMs: RawBuilder<unknown>,
  each: RawBuilder<unknown>,
  least: RawBuilder<unknown>,
): RawBuilder<unknown> {
  return sql`(
    select ${least}((${each})) from memwatch_finding f
    where f.is_left = 1 and f.signature_id = again.id and f.at_ms = ${atMs} and f.test_id is not null
      ${ofTests("f.test_id")}
  )`;
}

/**
 * The first run between two times that checked what had left a signature at the first of them (of a wider fixture until it had ended): the same tests, or tests of the same
 * name that had never been run before then (they moved, or have other parameters), or, of memory that is not a test's, any test.
 */
function checkedWithout(
  isOf: IsOf,
  ofTests: Group["ofTests"],
  from: RawBuilder<unknown>,
  to: RawBuilder<unknown>,
): RawBuilder<unknown> {
  const checked = (test: RawBuilder<unknown>) => sql`
    select r.at_ms from memwatch_result r
    where r.test_id = ${test} and r.at_ms > ${from} and r.at_ms < ${to} and (r.is_checked = 1 or (r.is_checked = 2 and not again.is_of_fixture)) ${isOf("r.run_id")}
    order by r.at_ms limit 1`;
  return sql`(
    select min(at_ms) from (
      select ${ofLeavers(ofTests, from, checked(sql`f.test_id`), sql`min`)} as at_ms
      union all
      select min((${checked(sql`t.id`)})) from memwatch_signature s
        join memwatch_test t on t.subject = s.subject and t.first_ms > ${from} and t.first_ms < ${to}
      where s.id = again.id
      union all
      select min(r.at_ms) from memwatch_finding f join memwatch_run r on r.at_ms > f.at_ms and r.at_ms < ${to}
      where f.is_left = 1 and f.signature_id = again.id and f.at_ms = ${from} and f.test_id is null
        and r.tests_checked > 0 ${isOf("r.id")}
    ) as checked
  )`;
}

/** What the last run that had each signature found of it, by the signature's number. */
async function lastFindings(
  db: Db,
  isOf: IsOf,
  namesOf: (id: number) => readonly string[],
  { ofSignature, ofTests }: Group,
): Promise<ReadonlyMap<number, readonly StoredFinding[]>> {
  const lastMs = sql<number>`(
    select max(g.at_ms) from memwatch_finding g where g.is_left = 1 and g.signature_id = s.id ${isOf("g.run_id")} ${ofTests("g.test_id")}
  )`;
  const rows = await db
    .selectFrom("memwatch_signature as s")
    .innerJoin("memwatch_finding as f", (join) =>
      join.onRef("f.signature_id", "=", "s.id").on("f.at_ms", "=", lastMs).on("f.is_left", "=", 1),
    )
    .leftJoin("memwatch_test as t", "t.id", "f.test_id")
    .selectAll("f")
    .select("t.name as test")
    .where(sql<boolean>`1 = 1 ${ofSignature("s.id")} ${ofTests("f.test_id")}`)
    .orderBy("f.run_id")
    .orderBy("f.position")
    .execute();
  const byId = Map.groupBy(rows, ({ signature_id }) => signature_id);
  return new Map([...byId].map(([id, found]) => [id, found.map((row) => storedFinding(row, row.test, namesOf(id)))]));
}
