import type { Books } from "../../core/ledger/books.ts";
import { CompatBooks } from "../../core/ledger/compat/books.ts";
import { COMPAT_LIMITS } from "../../core/ledger/compat/limits.ts";
import { COMPAT_RULES } from "../../core/ledger/compat/rules.ts";
import { ENTRIES_MAX, ServerBooks } from "../../core/ledger/server/server-books.ts";
import { dumpSteps, type OriginOf } from "../../core/ledger/server/walk-entries.ts";
import type { EarlierVersion } from "../../core/model/earlier-version.ts";
import type { RemainingView } from "../../core/model/server-view.ts";
import type { Liveness, ProcessRegistry } from "../../in/sources/process-registry.ts";
import type { Faults } from "../own-faults.ts";
import { resultInSlices } from "../work-in-slices.ts";

/** How much of a table that clients fill is used, and how much there is. */
export interface TableUse {
  readonly used: number;
  readonly max: number;
}

/** All in which a server that keeps the right books differs from one that keeps an earlier version's. */
export interface BookKeeping {
  readonly books: Books;
  /** The right books, which can be listed and compared; null in --compat. */
  readonly serverBooks: ServerBooks | null;
  /** What processes say in frames whose rings are followed; null in --compat. */
  readonly shadow: ServerBooks | null;
  /** `any`: message types that no version has are printed, too. */
  readonly types: "known" | "any";
  /** Time between looks at whether clients still run. */
  readonly sweepEveryMs: number;
  /** Whether clients are looked at as soon as a connection ends. */
  readonly sweepsAtOnce: boolean;
  /** Whether a dump is of what has been read so far, in the middle of reading, and not of all that was sent before. */
  readonly dumpsAtOnce: boolean;
  /** Whether a free of an unknown buffer is printed like any other event. */
  readonly printsUnknownFrees: boolean;
  /** Whether places of ended processes are still being given back. */
  readonly isReaping: boolean;
  /** Messages that were not booked, by reason. */
  readonly refusedMessages: Readonly<Record<string, number>>;
  readonly tables: Readonly<Record<string, TableUse>>;
  /** Processes with anything booked that have ended, or of which nobody can say. */
  owners(liveness: Liveness): readonly number[];
  isBooked(processId: number): boolean;
  remaining(listedMax: number, hasHistories: boolean): Promise<RemainingView> | RemainingView;
  /** Gives back the places of processes that were taken off the books. */
  reap(): void;
}

/** Entries that are freed between looks at the clock after a process has ended. */
const REAP_ENTRIES = 500;

/** The books as they should be. */
export class RightBookKeeping implements BookKeeping {
  readonly types = "known";
  readonly sweepEveryMs = 3_000;
  readonly sweepsAtOnce = true;
  readonly dumpsAtOnce = false;
  /** They are many where the server was started late, and no fault of whoever reads this. */
  readonly printsUnknownFrees = false;
  readonly books: ServerBooks;
  readonly shadow: ServerBooks;
  readonly #processes: ProcessRegistry;
  readonly #faults: Faults;
  #isReaping = false;

  constructor(processes: ProcessRegistry, originOf: OriginOf, faults: Faults) {
    const pidOf = (id: number): number => processes.pidOf(id);
    this.books = new ServerBooks(pidOf, ENTRIES_MAX, originOf);
    this.shadow = new ServerBooks(pidOf);
    this.#processes = processes;
    this.#faults = faults;
  }

  get serverBooks(): ServerBooks {
    return this.books;
  }

  get isReaping(): boolean {
    return this.#isReaping;
  }

  get refusedMessages(): Readonly<Record<string, number>> {
    return this.books.totals().refusals;
  }

  get tables(): Readonly<Record<string, TableUse>> {
    return {
      buffers: { used: this.books.entries, max: ENTRIES_MAX },
      "buffers of frames beside a ring": { used: this.shadow.entries, max: ENTRIES_MAX },
    };
  }

  owners(liveness: Liveness): readonly number[] {
    return this.books.owners().filter((id) => {
      const sender = this.#processes.of(id);
      return sender !== null && this.#processes.livenessOf(sender) === liveness;
    });
  }

  isBooked(processId: number): boolean {
    return this.books.isBooked(processId);
  }

  /** Does not keep clients waiting, however much is live. */
  remaining(listedMax: number, hasHistories: boolean): Promise<RemainingView> {
    return resultInSlices(dumpSteps(this.books, { since: 0, listedMax, isEach: false, hasHistories, sources: "all" }));
  }

  reap(): void {
    if (this.#isReaping || !(this.books.isReapDue || this.shadow.isReapDue)) return;
    this.#isReaping = true;
    setImmediate(async () => {
      // A fault leaves the rest to the next time.
      await this.#faults.guardAsync("giving back what processes left", async () => {
        await resultInSlices(reapSteps(this.books));
        await resultInSlices(reapSteps(this.shadow));
      });
      this.#isReaping = false;
    });
  }
}

function* reapSteps(books: ServerBooks): Generator<void, void, void> {
  while (books.reap(REAP_ENTRIES)) yield;
}

/** The books of an earlier version, its mistakes included: a process is its pid. */
export class CompatBookKeeping implements BookKeeping {
  readonly types = "any";
  readonly sweepsAtOnce = false;
  readonly dumpsAtOnce = true;
  readonly printsUnknownFrees = true;
  readonly isReaping = false;
  readonly serverBooks = null;
  readonly shadow = null;
  readonly sweepEveryMs: number;
  readonly books: CompatBooks;

  constructor(version: EarlierVersion) {
    this.books = new CompatBooks(COMPAT_RULES[version]);
    // The versions before it looked less often.
    this.sweepEveryMs = version === "v144" ? 3_000 : 5_000;
  }

  get refusedMessages(): Readonly<Record<string, number>> {
    return this.books.leftOut;
  }

  get tables(): Readonly<Record<string, TableUse>> {
    return {
      buffers: { used: this.books.entries, max: COMPAT_LIMITS.entries },
      "remembered events": { used: this.books.events, max: COMPAT_LIMITS.events },
    };
  }

  owners(liveness: Liveness): readonly number[] {
    return this.books.owners().filter((pid) => liveness === "ended" && !isSignalled(pid));
  }

  isBooked(): boolean {
    return false;
  }

  remaining(listedMax: number): RemainingView {
    return this.books.remaining(listedMax);
  }

  reap(): void {}
}

/** As the earlier server asked: whatever the reason why a signal cannot be sent, the process counts as ended. */
function isSignalled(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
