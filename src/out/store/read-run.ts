import type { StoredFinding, StoredRun, StoredTest } from "../../core/model/history.ts";
import { amountsOf } from "./amounts.ts";
import { storedFinding } from "./read-findings.ts";
import { labelsOf, listedRun } from "./read-runs.ts";
import { StoredOutcome, StoredState } from "./read-test.ts";
import type { Db } from "./tables.ts";

/** A run as it was stored; null: it was removed meanwhile. */
export async function readRun(
  db: Db,
  id: number,
  namesOf: (id: number) => readonly string[],
): Promise<StoredRun | null> {
  const row = await db.selectFrom("memwatch_run").selectAll().where("id", "=", id).executeTakeFirst();
  if (row === undefined) return null;
  const labels = (await labelsOf(db, [id])).get(id) ?? {};
  const { tests: _tests, left: _left, failing: _failing, leftBytes: _leftBytes, ...head } = listedRun(row, labels);
  return { ...head, tests: await testsOf(db, id), findings: await findingsOf(db, id, namesOf) };
}

async function testsOf(db: Db, id: number): Promise<StoredTest[]> {
  const rows = await db
    .selectFrom("memwatch_result as r")
    .innerJoin("memwatch_test as t", "t.id", "r.test_id")
    .selectAll("r")
    .select("t.name")
    .where("r.run_id", "=", id)
    .orderBy("r.test_id")
    .execute();
  return rows.map((row) => ({
    test: row.name,
    outcome: StoredOutcome.parse(row.outcome),
    state: StoredState.parse(row.state),
    durationMs: row.duration_ms,
    left: amountsOf("left", row),
    peak: amountsOf("peak", row),
    ...(row.is_checked === 2 ? { endedMidway: true } : {}),
  }));
}

async function findingsOf(db: Db, id: number, namesOf: (id: number) => readonly string[]): Promise<StoredFinding[]> {
  const rows = await db
    .selectFrom("memwatch_finding as f")
    .leftJoin("memwatch_test as t", "t.id", "f.test_id")
    .selectAll("f")
    .select("t.name as test")
    .where("f.run_id", "=", id)
    .orderBy("f.position")
    .execute();
  return rows.map((row) => storedFinding(row, row.test, namesOf(row.signature_id)));
}
