import type { Selectable } from "kysely";
import { z } from "zod";
import type { ListedRun } from "../../core/model/history.ts";
import { batchesOf } from "./batches.ts";
import type { HistoryStore } from "./history-store.ts";
import { ofRuns, type RunFilter } from "./run-filter.ts";
import type { Db, RunTable } from "./tables.ts";

const Command = z.array(z.string());

/** The newest runs, the last one first; all of them where `runsMax` is null. */
export async function readRuns({ db }: HistoryStore, filter: RunFilter, runsMax: number | null): Promise<ListedRun[]> {
  let query = db.selectFrom("memwatch_run").selectAll().where(ofRuns(filter));
  if (runsMax !== null) query = query.limit(runsMax);
  const rows = await query.orderBy("at_ms", "desc").orderBy("id", "desc").execute();
  const labels = await labelsOf(
    db,
    rows.map(({ id }) => id),
  );
  return rows.map((row) => listedRun(row, labels.get(row.id) ?? {}));
}

/** How many runs there are. */
export async function countRuns({ db }: HistoryStore, filter: RunFilter): Promise<number> {
  const query = db.selectFrom("memwatch_run").select(({ fn }) => fn.countAll<number>().as("runs"));
  return (await query.where(ofRuns(filter)).executeTakeFirstOrThrow()).runs;
}

export function listedRun(row: Selectable<RunTable>, labels: ListedRun["labels"]): ListedRun {
  const { cwd, engine, ttnn, python, host, branch, board, job } = row;
  return {
    id: row.run,
    command: Command.parse(JSON.parse(row.command)),
    ...{ cwd, engine, ttnn, python, host, branch, board, job, labels },
    commit: row.commit_id,
    startedAt: new Date(row.at_ms).toISOString(),
    durationMs: row.duration_ms,
    exitCode: row.exit_code,
    commandExitCode: row.command_exit_code,
    tests: { checked: row.tests_checked, notChecked: row.tests_not_checked, noDevice: row.tests_no_device },
    left: row.findings_left,
    failing: row.findings_failing,
    leftBytes: row.left_bytes,
  };
}

/** The labels of runs, by their number. */
export async function labelsOf(db: Db, ids: readonly number[]): Promise<ReadonlyMap<number, ListedRun["labels"]>> {
  const labels = new Map<number, Record<string, string>>();
  for (const batch of batchesOf(ids)) {
    const rows = await db
      .selectFrom("memwatch_label")
      .selectAll()
      .where("run_id", "in", batch)
      .orderBy("name")
      .execute();
    for (const { run_id, name, value } of rows) labels.set(run_id, { ...labels.get(run_id), [name]: value });
  }
  return labels;
}
