import { Largest } from "../../core/base/largest.ts";
import type { ServerBooks } from "../../core/ledger/server/server-books.ts";
import { LIVE_BUFFERS_MAX, type LiveTraffic } from "../../core/model/live-snapshot.ts";
import type { Rules } from "../../core/model/rules.ts";
import type { BookedBuffer, EndedProcess } from "../../core/model/server-view.ts";
import { type BooksSeen, booksCauses, isOfEndedTest, leftKey } from "../../core/report/live-books.ts";
import { BooksTally } from "../../core/verdicts/books-tally.ts";
import { judgeBooks } from "../../core/verdicts/judge-books.ts";

/** All of what is live, asked of the books for one walk. */
export const WALKED = { since: 0, listedMax: 0, isEach: true, hasHistories: false, sources: "all" } as const;

/** What a walk through the books of an allocation server shows, put together buffer by buffer. */
export class BooksWalk {
  readonly #rules: Rules;
  readonly #running: ReadonlyMap<number, string | null>;
  readonly #tally: BooksTally;
  readonly #largest = new Largest<BookedBuffer>(LIVE_BUFFERS_MAX);
  readonly #usedBytes = new Map<number, number>();
  readonly #leftBytes = new Map<string, number>();

  /** `running`: the test that each process runs, by pid; null: none. */
  constructor(rules: Rules, running: ReadonlyMap<number, string | null>) {
    this.#rules = rules;
    this.#running = running;
    this.#tally = new BooksTally(rules.refCountMax);
  }

  add(portion: readonly BookedBuffer[]): void {
    this.#tally.add(portion);
    for (const buffer of portion) {
      const sizeBytes = Number(buffer.sizeBytes);
      this.#largest.add(buffer, sizeBytes);
      this.#usedBytes.set(buffer.pid, (this.#usedBytes.get(buffer.pid) ?? 0) + sizeBytes);
      if (!isOfEndedTest(buffer, this.#running)) continue;
      const key = leftKey(buffer.device, buffer.memoryType);
      this.#leftBytes.set(key, (this.#leftBytes.get(key) ?? 0) + sizeBytes);
    }
  }

  /** When all was added. `ended`: processes that have ended. `atMs`: since the server began. */
  seen(ended: readonly EndedProcess[], atMs: number): BooksSeen {
    const books = { tallies: this.#tally.tallies(), comparisons: null, ended, differences: [] };
    return {
      largest: this.#largest.all().map(({ thing }) => thing),
      usedBytes: this.#usedBytes,
      leftBytes: this.#leftBytes,
      ...booksCauses(judgeBooks(books, this.#rules), atMs),
    };
  }
}

/** What was booked since the books were begun. */
export function trafficOfBooks(books: ServerBooks): LiveTraffic {
  const { outcomes } = books.totals();
  return { allocations: outcomes.allocated ?? 0, frees: outcomes.freed ?? 0 };
}
