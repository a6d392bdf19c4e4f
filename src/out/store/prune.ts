import { sql } from "kysely";
import type { HistoryStore } from "./history-store.ts";
import type { Db } from "./tables.ts";

/** How much of the past is kept; null: as much as there is. */
export interface Retention {
  /** Since the run began. */
  readonly ageMs: number | null;
  /** Of all runs together, as `history export` writes them: both databases need about as much. */
  readonly sizeBytes: number | null;
}

/** Removes the oldest runs, but never the last one; gives how many. */
export async function prune(store: HistoryStore, { ageMs, sizeBytes }: Retention, nowMs: number): Promise<number> {
  if (ageMs === null && sizeBytes === null) return 0;
  const { db, engine } = store;
  const removed = await db.transaction().execute(async (transaction) => {
    const runs = await transaction
      .selectFrom("memwatch_run")
      .select(["id", "at_ms", "export_bytes"])
      .orderBy("at_ms", "desc")
      .orderBy("id", "desc")
      .execute();
    let sum = 0;
    const ids = runs.filter(({ at_ms, export_bytes }, index) => {
      sum += export_bytes;
      const isTooOld = ageMs !== null && at_ms < nowMs - ageMs;
      return index > 0 && (isTooOld || (sizeBytes !== null && sum > sizeBytes));
    });
    if (ids.length > 0)
      await remove(
        transaction,
        ids.map(({ id }) => id),
      );
    return ids.length;
  });
  if (removed > 0 && engine === "sqlite") await sql`pragma incremental_vacuum`.execute(db);
  return removed;
}

/** Runs, and the names that no other run has. */
async function remove(db: Db, ids: readonly number[]): Promise<void> {
  // One at a time: there is one to remove after each that is stored, as a rule.
  for (const id of ids) await db.deleteFrom("memwatch_run").where("id", "=", id).execute();
  await sql`
    delete from memwatch_test where id not in (select test_id from memwatch_result)
    and id not in (select test_id from memwatch_finding where test_id is not null)`.execute(db);
  await sql`
    delete from memwatch_signature where root_id is not null
    and root_id not in (select signature_id from memwatch_finding)`.execute(db);
  await sql`
    delete from memwatch_signature where root_id is null and id not in (select signature_id from memwatch_finding)
    and id not in (select root_id from memwatch_signature where root_id is not null)`.execute(db);
}
