import type { TestAllocations } from "../../../core/model/allocations-report.ts";
import type { RunEvent, TestRef } from "../../../core/model/event.ts";
import type { GrowthSince } from "../../serve/growth-since.ts";

/** Asks a server for what a process allocated after the allocation numbered `since`, all that was sent before included. */
export type LookForGrowth = (since: number, pid: number) => Promise<GrowthSince>;

interface WatchedProcess {
  readonly pid: number;
  /** Number of the newest allocation at the last look. */
  since: number;
  /** Tests that ended since the last look began. */
  ended: TestRef[];
  looking: Promise<void> | null;
}

/**
 * What each test left, from looks at an allocation server when tests end.
 *
 * A test is charged with what its process reported since the look before: the next test begins at once, and the word of
 * that comes with a later message only. The word that one ended comes at once, but tests do not wait for a look: where
 * more of them end before it is done, it does not know whose memory it sees, and says so.
 */
export class TestGrowth {
  readonly #look: LookForGrowth;
  readonly #firstBirths: number;
  readonly #processes = new Map<number, WatchedProcess>();
  readonly #tests: TestAllocations[] = [];

  /** `firstBirths`: number of the newest allocation when the run began. */
  constructor(look: LookForGrowth, firstBirths: number) {
    this.#look = look;
    this.#firstBirths = firstBirths;
  }

  note(event: RunEvent): void {
    if (event.kind === "process-begin") {
      if (this.#processes.has(event.process)) return;
      const { pid } = event.info;
      this.#processes.set(event.process, { pid, since: this.#firstBirths, ended: [], looking: null });
    } else if (event.kind === "test-end") {
      const process = this.#processes.get(event.process);
      if (process === undefined) return;
      process.ended.push(event.ref);
      if (process.looking !== null) return;
      process.looking = this.#lookAt(process);
      // A fault of ours comes up when the command that is watched has ended: in `tests`.
      process.looking.catch(() => {});
    }
  }

  /** When all looks are over, those that found anything. */
  async tests(): Promise<readonly TestAllocations[]> {
    await Promise.all([...this.#processes.values()].map(({ looking }) => looking));
    return this.#tests;
  }

  /** Looks until no test ended during a look: of one that did, only a part may have been seen. */
  async #lookAt(process: WatchedProcess): Promise<void> {
    while (process.ended.length > 0) {
      const looked = process.ended;
      process.ended = [];
      const { births, groups } = await this.#look(process.since, process.pid);
      process.since = births;
      const [first] = looked;
      const others = looked.length - 1 + process.ended.length;
      if (first !== undefined && groups.length > 0) this.#tests.push({ ...first, others, pid: process.pid, groups });
    }
    process.looking = null;
  }
}
