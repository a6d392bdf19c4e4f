import type { ServerBooks } from "../../core/ledger/server/server-books.ts";
import { dumpSteps } from "../../core/ledger/server/walk-entries.ts";
import { JUDGED_SOON, type LiveSnapshot, type LiveSource, type LiveTraffic } from "../../core/model/live-snapshot.ts";
import type { Rules } from "../../core/model/rules.ts";
import { type BooksSeen, buildBooksSnapshot } from "../../core/report/live-books.ts";
import { notJudged } from "../../core/report/live-causes.ts";
import type { Faults } from "../own-faults.ts";
import { inSlices } from "../work-in-slices.ts";
import type { AllocationServer } from "./allocation-server.ts";
import { BooksWalk, trafficOfBooks, WALKED } from "./books-walk.ts";
import { lostOf } from "./traced-processes.ts";

/** Time between two walks through the books, at least; and that many times as long as the last one took. */
const WALK_EVERY_MS = 1_000;
const PAUSE_TIMES = 50;

/** What an allocation server has on its books at any time, for whoever looks on. Nothing is put together unless it is asked for. */
export class LiveServer {
  readonly #server: AllocationServer;
  readonly #source: LiveSource;
  readonly #rules: Rules;
  readonly #faults: Faults;
  readonly #clock: () => number;
  #seen: BooksSeen;
  #isWalking = false;
  #walkAtMs = 0;
  /** Whether the server goes on. */
  isOpen = true;

  /** `clock`: milliseconds since the server began. */
  constructor(server: AllocationServer, source: LiveSource, rules: Rules, faults: Faults, clock: () => number) {
    this.#server = server;
    this.#source = source;
    this.#rules = rules;
    this.#faults = faults;
    this.#clock = clock;
    const reason = server.serverBooks === null ? "a server in --compat has no lists" : JUDGED_SOON;
    this.#seen = { largest: [], usedBytes: new Map(), leftBytes: null, causes: notJudged(reason), causesLeftOut: 0 };
  }

  /** Counters as they are now; buffers and findings as they were at the last walk through the books. */
  snapshot(): LiveSnapshot {
    this.#walkSoon();
    const { traced, books, socketTotals } = this.#server;
    const running = traced.running();
    const processes = traced.list().map((status) => {
      const test = running.get(status.pid) ?? null;
      const told = test === null ? null : { test, phase: null, forMs: null, quietMs: null };
      return { pid: status.pid, running: told, lostRecords: lostOf(status) };
    });
    const sent = [...this.#seen.usedBytes.keys()].filter((pid) => !running.has(pid));
    return buildBooksSnapshot({
      source: this.#source,
      state: this.isOpen ? "running" : "ended",
      atMs: this.#clock(),
      statistics: books.statistics(),
      processes: [...processes, ...sent.map((pid) => ({ pid, running: null, lostRecords: 0 }))],
      seen: this.#seen,
      traffic: this.#traffic(),
      lost: { records: traced.lostRecords, messages: 0, refused: socketTotals.refused + socketTotals.dropped },
    });
  }

  #walkSoon(): void {
    const books = this.#server.serverBooks;
    if (books === null || this.#isWalking || !this.isOpen || this.#clock() < this.#walkAtMs) return;
    this.#isWalking = true;
    const startMs = this.#clock();
    void this.#faults
      .guardAsync("looking through the books for tt-memwatch top", () => this.#walk(books))
      .finally(() => {
        const tookMs = this.#clock() - startMs;
        this.#walkAtMs = startMs + Math.max(WALK_EVERY_MS, PAUSE_TIMES * tookMs);
        this.#isWalking = false;
      });
  }

  async #walk(books: ServerBooks): Promise<void> {
    const walk = new BooksWalk(this.#rules, this.#server.traced.running());
    for await (const portion of inSlices(dumpSteps(books, WALKED))) walk.add(portion);
    this.#seen = walk.seen(this.#server.atExit(0), this.#clock());
  }

  #traffic(): LiveTraffic | null {
    const books = this.#server.serverBooks;
    return books === null ? null : trafficOfBooks(books);
  }
}
