import { Largest } from "../../core/base/largest.ts";
import type { ServerBooks } from "../../core/ledger/server/server-books.ts";
import {
  JUDGED_SOON,
  LIVE_BUFFERS_MAX,
  type LiveSnapshot,
  type LiveSource,
  type LiveTraffic,
} from "../../core/model/live-snapshot.ts";
import type { Rules } from "../../core/model/rules.ts";
import type { LiveBuffer } from "../../core/model/server-view.ts";
import {
  type BooksSeen,
  booksCauses,
  buildBooksSnapshot,
  isOfEndedTest,
  leftKey,
} from "../../core/report/live-books.ts";
import { notJudged } from "../../core/report/live-causes.ts";
import { BooksTally } from "../../core/verdicts/books-tally.ts";
import { judgeBooks } from "../../core/verdicts/judge-books.ts";
import type { Faults } from "../faults.ts";
import { inSlices } from "../slices.ts";
import type { AllocationServer } from "./allocation-server.ts";
import { lostOf } from "./traced-processes.ts";

/** Time between two walks through the books, at least; and that many times as long as the last one took. */
const WALK_EVERY_MS = 1_000;
const PAUSE_TIMES = 50;

/** All of what is live, asked for in one walk. */
const ALL = { since: 0, listedMax: 0, isEach: true, hasHistories: false, sources: "all" } as const;

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

  #traffic(): LiveTraffic | null {
    const outcomes = this.#server.serverBooks?.totals().outcomes;
    return outcomes === undefined ? null : { allocations: outcomes.allocated ?? 0, frees: outcomes.freed ?? 0 };
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
    const tally = new BooksTally(this.#rules.refCountMax);
    const largest = new Largest<LiveBuffer>(LIVE_BUFFERS_MAX);
    const usedBytes = new Map<number, number>();
    const leftBytes = new Map<string, number>();
    const running = this.#server.traced.running();
    for await (const portion of inSlices(books.dumpSteps(ALL))) {
      tally.add(portion);
      for (const buffer of portion) {
        const sizeBytes = Number(buffer.sizeBytes);
        largest.add(buffer, sizeBytes);
        usedBytes.set(buffer.pid, (usedBytes.get(buffer.pid) ?? 0) + sizeBytes);
        if (!isOfEndedTest(buffer, running)) continue;
        const key = leftKey(buffer.device, buffer.memoryType);
        leftBytes.set(key, (leftBytes.get(key) ?? 0) + sizeBytes);
      }
    }
    const ended = this.#server.atExit(0);
    const findings = judgeBooks({ tallies: tally.tallies(), comparisons: null, ended, differences: [] }, this.#rules);
    const judged = booksCauses(findings, this.#clock());
    this.#seen = { largest: largest.all().map(({ thing }) => thing), usedBytes, leftBytes, ...judged };
  }
}
