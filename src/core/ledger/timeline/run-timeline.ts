import type { RunEvent } from "../../model/event.ts";
import type { StackFrame } from "../../model/stack.ts";
import type { Timeline } from "../../model/timeline.ts";
import type { TraceSink } from "../../model/trace-record.ts";
import { allocationColumns } from "./allocation-columns.ts";
import { AllocationTable } from "./allocation-table.ts";
import { RunLives } from "./run-lives.ts";

/** Makes a run's timeline of what its ledger takes, in the same order. */
export class RunTimeline {
  #table = new AllocationTable((newRows) => this.#lives.move(newRows));
  #lives: RunLives;

  /** `beginNs`: when the run began, by CLOCK_MONOTONIC; null: with the first thing that has a time. */
  constructor(beginNs: number | null) {
    this.#lives = new RunLives(beginNs, this.#table);
  }

  apply(event: RunEvent): void {
    this.#lives.apply(event);
  }

  /** Where the records of a ring go, as well. `pid`: of the process that writes it. */
  ring(path: string, pid: number): TraceSink {
    return this.#lives.ring(path, pid);
  }

  /** As it is now. `stacksOf`: the Python stacks that a ring's process has named so far, by number. */
  timeline(stacksOf: (path: string) => ReadonlyMap<number, readonly StackFrame[]>): Timeline {
    const lives = this.#lives;
    lives.settle();
    const { columns, origins } = allocationColumns(this.#table, lives.sources, stacksOf);
    const { beginNs, endNs, bucketNs } = lives.buckets;
    const [series, moreSeries, tests] = [lives.series(), lives.moreSeries, lives.tests()];
    return { beginNs, endNs, bucketNs, series, moreSeries, tests, origins, allocations: columns };
  }

  /** As it is at the end of the run; what it took to follow it is let go of. */
  end(stacksOf: (path: string) => ReadonlyMap<number, readonly StackFrame[]>): Timeline {
    const last = this.timeline(stacksOf);
    this.#table = new AllocationTable((newRows) => this.#lives.move(newRows));
    this.#lives = new RunLives(null, this.#table);
    return last;
  }
}
