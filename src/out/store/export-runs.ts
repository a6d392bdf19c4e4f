import { exportedLine } from "./exported-line.ts";
import type { HistoryStore } from "./history-store.ts";
import { readRun } from "./read-run.ts";
import { ofRuns, type RunFilter } from "./run-filter.ts";
import { signatureNames } from "./signature-names.ts";

/** Each run as a line of JSON, the oldest first. */
export async function* exportRuns({ db }: HistoryStore, filter: RunFilter): AsyncGenerator<string> {
  const namesOf = await signatureNames(db);
  const runs = db.selectFrom("memwatch_run").where(ofRuns(filter));
  for (const { id } of await runs.select("id").orderBy("at_ms").orderBy("id").execute()) {
    const run = await readRun(db, id, namesOf);
    if (run !== null) yield exportedLine(run);
  }
}
