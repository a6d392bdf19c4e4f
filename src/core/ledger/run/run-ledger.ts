import type { RunEvent } from "../../model/event.ts";
import type { RunRecord } from "../../model/run-record.ts";
import type { ExposedToReplay } from "../../model/trace-record.ts";
import type { OtherProcess } from "./other-process.ts";
import { ProcessLedger, type ProcessSeen } from "./process-ledger.ts";
import type { ProcessNow } from "./process-now.ts";
import type { ProcessTrace } from "./process-trace.ts";

/** What a replay may have overwritten comes before what one might have, and the larger before the smaller. */
function inDanger(a: ExposedToReplay, b: ExposedToReplay): number {
  return Number(b.replayed > 0) - Number(a.replayed > 0) || b.sizeBytes - a.sizeBytes;
}

/**
 * Folds the events of one run into what was seen of it: each process, each attempt of each test, each allocation's life.
 *
 * Processes do not see each other: the same device id and address in two of them are two allocations.
 */
export class RunLedger {
  readonly #processes = new Map<number, ProcessLedger>();
  readonly #others = new Set<OtherProcess>();
  readonly #refused: string[] = [];

  /** Events of one process in the order it sent them; processes may be interleaved. Throws on an event of an unknown process. */
  apply(event: RunEvent): void {
    if (event.kind === "refused") this.#refused.push(event.reason);
    else if (event.kind === "process-begin") this.#begin(event);
    else this.#of(event.process).apply(event);
  }

  /** Where the records of a process's ring go. Throws for an unknown process. */
  traceOf(process: number): ProcessTrace {
    return this.#of(process).trace;
  }

  /** The running test of a process is about to end: what it left in another process, which runs no pytest. */
  noteOther(process: number, other: OtherProcess, endNs: number): void {
    this.#others.add(other);
    this.#of(process).noteOther(other, endNs);
  }

  /** Each process as it is now. */
  now(listedMax: number): readonly ProcessNow[] {
    return [...this.#processes.values()].map((ledger) => ledger.now(listedMax));
  }

  /**
   * What the tests that have ended left, as far as it is known: enough to judge them as if the run ended now. Nothing is
   * changed by asking, and what is only known at the end is left out.
   */
  recordSoFar(): RunRecord {
    return this.#join([...this.#processes.values()].map((ledger) => ledger.recordSoFar()));
  }

  record(): RunRecord {
    return this.#join([...this.#processes.values()].map((ledger) => ledger.record()));
  }

  #join(seen: readonly ProcessSeen[]): RunRecord {
    return {
      processes: seen.map(({ process }) => process),
      tests: seen.flatMap(({ tests }) => tests),
      allocations: seen.flatMap(({ allocations }) => allocations),
      discrepancies: seen.flatMap(({ discrepancies }) => discrepancies),
      traceDiscrepancies: seen.flatMap(({ traceDiscrepancies }) => traceDiscrepancies),
      regionDiscrepancies: seen.flatMap(({ regionDiscrepancies }) => regionDiscrepancies),
      outOfMemory: seen.flatMap(({ outOfMemory }) => outOfMemory),
      clashes: seen.flatMap(({ clashes }) => clashes),
      exposedToReplay: seen.flatMap(({ exposedToReplay }) => exposedToReplay).toSorted(inDanger),
      otherAllocations: [...this.#others].flatMap((other) => other.allocations()),
      refused: [...this.#refused],
    };
  }

  #begin({ process, info }: Extract<RunEvent, { kind: "process-begin" }>): void {
    const known = this.#processes.get(process);
    if (known === undefined) this.#processes.set(process, new ProcessLedger(process, info));
    else known.beginSession(info);
  }

  #of(process: number): ProcessLedger {
    const ledger = this.#processes.get(process);
    if (ledger === undefined) throw new Error(`event of process ${process}, which has not begun`);
    return ledger;
  }
}
