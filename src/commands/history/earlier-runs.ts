import { UsageError } from "../../core/base/usage-error.ts";
import type { EarlierRuns } from "../../core/model/history.ts";
import type { Io } from "../io.ts";
import type { HistoryPlace } from "./history-place.ts";
import { withHistory } from "./open-history.ts";

/**
 * What the history has of the runs before one that begins at a time (ISO 8601). null: there is none, or it cannot be used: who
 * stores the run says so.
 */
export async function earlierRuns(place: HistoryPlace, startedAt: string, io: Io): Promise<EarlierRuns | null> {
  try {
    const { readEarlierRuns } = await import("../../out/store/read-earlier-runs.ts");
    return await withHistory(place, "read", (store) => readEarlierRuns(store, Date.parse(startedAt)));
  } catch (error) {
    if (!(error instanceof UsageError)) io.faults.note(error, "reading the history for the page");
    return null;
  }
}
