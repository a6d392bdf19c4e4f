import { sql } from "kysely";
import { z } from "zod";
import { OUTCOMES } from "../../core/model/event.ts";
import type { TestSighting } from "../../core/model/history.ts";
import { storedName } from "../../core/model/stored-name.ts";
import { amountsOf } from "./amounts.ts";
import type { HistoryStore } from "./history-store.ts";
import { ofRuns, type RunFilter } from "./run-filter.ts";

export const StoredOutcome = z.enum(OUTCOMES).nullable();
export const StoredState = z.enum(["checked", "not-checked", "no-device"]);

/** A test in the newest runs that had it, the oldest of them first; empty: none had it. */
export async function readTest(
  { db }: HistoryStore,
  test: string,
  filter: RunFilter,
  runsMax: number,
): Promise<TestSighting[]> {
  const rows = await db
    .selectFrom("memwatch_test as t")
    .innerJoin("memwatch_result as r", "r.test_id", "t.id")
    .innerJoin("memwatch_run", "memwatch_run.id", "r.run_id")
    .selectAll("r")
    .select(["memwatch_run.run", "memwatch_run.commit_id"])
    .where("t.name", "=", storedName(test))
    .where("r.run_id", "in", db.selectFrom("memwatch_run").select("id").where(ofRuns(filter)))
    .orderBy("r.at_ms", "desc")
    .limit(runsMax)
    .execute();
  return rows.reverse().map((row) => ({
    run: { id: row.run, startedAt: new Date(row.at_ms).toISOString(), commit: row.commit_id },
    outcome: StoredOutcome.parse(row.outcome),
    state: StoredState.parse(row.state),
    durationMs: row.duration_ms,
    left: amountsOf("left", row),
    peak: amountsOf("peak", row),
  }));
}

/** Names of tests that have a text in them, in the alphabet's order. */
export async function testsLike({ db }: HistoryStore, text: string, testsMax: number): Promise<readonly string[]> {
  const pattern = `%${text.replaceAll(/[%_!]/g, "!$&")}%`;
  const rows = await db
    .selectFrom("memwatch_test")
    .select("name")
    .where(sql<boolean>`name like ${pattern} escape '!'`)
    .orderBy("name")
    .limit(testsMax)
    .execute();
  return rows.map(({ name }) => name);
}
