import { RunLedger } from "../../core/ledger/run/run-ledger.ts";
import type { RunEvent } from "../../core/model/event.ts";
import type { RunRecord } from "../../core/model/run-record.ts";
import type { Io } from "../io.ts";
import type { RunTrace } from "./follow-rings.ts";

/** A fault of ours costs what is said of one process from then on, never the command that is watched. */
export class GuardedLedger {
  /** null: its record has been taken, and what is heard after that does not count. */
  #ledger: RunLedger | null = new RunLedger();
  readonly #trace: RunTrace;
  readonly #io: Io;
  readonly #onHeard: (event: RunEvent) => void;
  readonly #onApplied: (event: RunEvent) => void;
  /** Processes whose books are not to be trusted any more; null stands for all that is of no process. */
  readonly #faulty = new Set<number | null>();

  /** `onHeard` is told of an event when all that was traced before it is known, `onApplied` when it was booked. */
  constructor(
    trace: RunTrace,
    io: Io,
    onHeard: (event: RunEvent) => void,
    onApplied: (event: RunEvent) => void = () => {},
  ) {
    this.#trace = trace;
    this.#io = io;
    this.#onHeard = onHeard;
    this.#onApplied = onApplied;
  }

  apply(event: RunEvent): void {
    const ledger = this.#ledger;
    if (ledger === null) return;
    const process = "process" in event ? event.process : null;
    if (this.#faulty.has(process)) return;
    try {
      this.#trace.before(event, ledger);
      this.#onHeard(event);
      ledger.apply(event);
    } catch (error) {
      this.#faulty.add(process);
      this.#io.faults.note(error, "booking what a plugin said");
    }
    this.#io.faults.guard("showing what was seen", () => this.#onApplied(event));
  }

  /** What has been booked so far, to be looked at and not kept; null: its record has been taken. */
  get soFar(): RunLedger | null {
    return this.#ledger;
  }

  /** To be asked once: the ledger of a large run has as much memory as all that is made of it, and is let go of here. */
  record(): RunRecord {
    const ledger = this.#ledger ?? new RunLedger();
    this.#io.faults.guard("reading what was traced", () => this.#trace.finish(ledger));
    this.#ledger = null;
    return ledger.record();
  }
}
