import type { StoredRun } from "../../core/model/history.ts";
import { prune } from "../../out/store/prune.ts";
import { saveRun } from "../../out/store/save-run.ts";
import type { HistoryPlace } from "./history-place.ts";
import { withHistory } from "./open-history.ts";

/** What became of a run that was to be stored, and how many old ones were removed for it. */
interface Kept {
  /** Whether it was not there already. */
  readonly isNew: boolean;
  readonly removed: number;
}

/** Stores a run, and removes what is no longer kept. */
export function keepRun(place: HistoryPlace, run: StoredRun): Promise<Kept> {
  return withHistory(place, "write", async (store) => ({
    isNew: await saveRun(store, run),
    removed: await prune(store, place.retention, Date.now()),
  }));
}
