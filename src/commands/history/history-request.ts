import type { FindingState } from "../../core/model/history.ts";
import type { RunFilter } from "../../out/store/run-filter.ts";
import type { HistoryPlace } from "./history-place.ts";

/** What was asked of the history. */
export interface HistoryRequest {
  readonly place: HistoryPlace;
  /** The word behind the action. */
  readonly operand: string | null;
  readonly filter: RunFilter;
  readonly states: ReadonlySet<FindingState>;
  /** Of runs that are listed. */
  readonly limit: number;
  readonly keepDays: number | null;
  readonly keepBytes: number | null;
  readonly isJson: boolean;
}
