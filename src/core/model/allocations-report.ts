import type { ServerFinding } from "./server-finding.ts";
import type { ServerGroup } from "./server-group.ts";

/** What one attempt of one test left, as its process reported it. */
export interface TestAllocations {
  readonly test: string;
  readonly attempt: number;
  /** Tests that ended in the same process before the server was asked: this may be theirs. */
  readonly others: number;
  /** As the test's process sees itself. */
  readonly pid: number;
  /** Buffers that its process reported since its test before this one ended, and that were live when this one ended. */
  readonly groups: readonly ServerGroup[];
}

/** What a patched tt-metal reported to an allocation server while a command ran. */
export interface AllocationsReport {
  readonly socket: string;
  /** Whether the server was this run's own, or one that was running already. */
  readonly isOwn: boolean;
  /** Buffers allocated during the run that are live at its end; what processes that ended left is in `atExit`. */
  readonly live: number;
  readonly groups: readonly ServerGroup[];
  /** All that is live on the server at the run's end, whenever it was allocated. */
  readonly total: readonly ServerGroup[];
  /** Gravest first; `fails`: whether it makes the run fail. */
  readonly findings: readonly ServerFinding[];
  /** Tests that left anything, in the order they ended. */
  readonly tests: readonly TestAllocations[];
  /** Processes that ended during the run with buffers they had not freed. */
  readonly atExit: readonly { readonly pid: number; readonly buffers: number; readonly sizeBytes: number }[];
}
