import type { MemoryType } from "./memory-type.ts";

/** What the status line shows of a run that goes on. */
export interface RunStatus {
  readonly testsDone: number;
  /** null: not collected yet. */
  readonly testsTotal: number | null;
  /** Bytes held now, over all devices, as last measured. */
  readonly heldBytes: Readonly<Partial<Record<MemoryType, number>>>;
  /** Devices and memory types that tests left fuller than they found them; the verdicts come at the end. */
  readonly growths: number;
  /** pytest's node id of the test that runs. */
  readonly running: string | null;
}
