import { count } from "../../core/base/count.ts";
import { UsageError } from "../../core/base/usage-error.ts";
import { applyLabels } from "../../core/history/apply-labels.ts";
import { storedRunOf } from "../../core/history/stored-run.ts";
import type { Surroundings } from "../../core/model/history.ts";
import type { RunReport } from "../../core/model/run-report.ts";
import type { Io } from "../io.ts";
import type { Labels } from "./history-options.ts";
import type { HistoryPlace } from "./history-place.ts";

/** A run that is to be stored when it is over. */
export interface RunToStore {
  readonly place: HistoryPlace;
  readonly surroundings: Surroundings;
}

/** What is known of a run before it begins; its commit may be another one when it is over. */
export async function prepareToStore(place: HistoryPlace | null, labels: Labels, io: Io): Promise<RunToStore | null> {
  if (place === null) return null;
  const { surroundingsOf } = await import("../../in/surroundings/surroundings.ts");
  return { place, surroundings: withLabels(surroundingsOf(io.cwd, io.env), place, labels) };
}

const UNKNOWN: Surroundings = { host: null, commit: null, branch: null, board: null, job: null, labels: {} };

/** A recorded run took place elsewhere, or at another commit: only labels say where. */
export function toStore(place: HistoryPlace, labels: Labels): RunToStore {
  return { place, surroundings: withLabels(UNKNOWN, place, labels) };
}

/** Labels of the option count before those of the configuration. */
function withLabels(found: Surroundings, place: HistoryPlace, labels: Labels): Surroundings {
  return applyLabels(found, new Map([...Object.entries(place.labels), ...labels]));
}

/** Stores a run that was reported already. Whatever is wrong with the history is one line, and costs the run nothing. */
export async function storeRun({ place, surroundings }: RunToStore, report: RunReport, io: Io): Promise<void> {
  // A command that started no test says nothing of any.
  if (report.tests.length === 0) return;
  try {
    const { keepRun } = await import("./keep-run.ts");
    const { isNew, removed } = await keepRun(place, storedRunOf(report, surroundings));
    if (!isNew) io.stderr.write("tt-memwatch: this run is in the history already\n");
    if (removed > 0) io.stderr.write(`tt-memwatch: removed ${count(removed, "old run")} from the history\n`);
  } catch (error) {
    if (error instanceof UsageError) io.stderr.write(`tt-memwatch: the run was not stored: ${error.message}\n`);
    else io.faults.note(error, "storing the run in the history");
  }
}
