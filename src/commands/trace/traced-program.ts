import { trafficOf } from "../../core/ledger/run/allocation-traffic.ts";
import { type OtherNow, otherNow } from "../../core/ledger/run/other-process-now.ts";
import { TracedMemory } from "../../core/ledger/run/traced-memory.ts";
import type { LiveTraffic } from "../../core/model/live-snapshot.ts";
import type { LedgerSink } from "../../core/model/trace-record.ts";
import type { ProcessTraceReport } from "../../core/model/trace-report.ts";
import { processTraceReport } from "../../core/report/process-trace-report.ts";
import type { FollowedRing } from "../../in/sources/ring-follower.ts";
import type { RingSource } from "../run/ring-source.ts";

/** What the processes of a program without pytest do to device memory, by their rings. */
export class TracedProgram implements Disposable {
  readonly #source: RingSource;
  readonly #memories = new Map<string, TracedMemory>();

  /** `open` gets where the records of a ring go, as soon as the ring is seen. */
  constructor(open: (sinkOf: (path: string) => LedgerSink) => RingSource) {
    this.#source = open((path) => this.#memoryOf(path));
  }

  /** Reads what is left. To be called when the program has ended. */
  finish(): void {
    this.#source.finish();
  }

  /** `rootDir`: absolute; files are relative to it. */
  processes(rootDir: string): ProcessTraceReport[] {
    return this.rings().map((ring) => {
      return processTraceReport(ring, this.#memoryOf(ring.path), this.#source.stacks(ring.path), rootDir);
    });
  }

  /** What all of them allocated and freed so far. */
  traffic(): LiveTraffic | null {
    return trafficOf([...this.#memories.values()]);
  }

  /** Each process as it is now. `listedMax`: buffers of each memory that are listed. */
  now(listedMax: number): readonly OtherNow[] {
    return this.rings().map(({ pid, path }) => {
      return otherNow(pid, this.#memoryOf(path), this.#source.stacks(path), listedMax);
    });
  }

  rings(): readonly FollowedRing[] {
    return this.#source.rings();
  }

  warnings(): readonly string[] {
    return this.#source.warnings();
  }

  [Symbol.dispose](): void {
    this.#source[Symbol.dispose]();
  }

  /** Where a ring's process comes from is asked while it is there: a recording has it. */
  #memoryOf(path: string): TracedMemory {
    let memory = this.#memories.get(path);
    if (memory === undefined) {
      memory = new TracedMemory();
      this.#memories.set(path, memory);
      this.#source.ancestors(path);
    }
    return memory;
  }
}
