import type { ServerBooks } from "../../core/ledger/server/server-books.ts";
import { dumpSteps } from "../../core/ledger/server/walk-entries.ts";
import { BooksTimeline } from "../../core/ledger/timeline/books-timeline.ts";
import type { Rules } from "../../core/model/rules.ts";
import type { ServerFinding } from "../../core/model/server-finding.ts";
import type { BookedBuffer } from "../../core/model/server-view.ts";
import { regionPrograms } from "../../core/report/region-programs.ts";
import { BooksTally } from "../../core/verdicts/books-tally.ts";
import { judgeBooks } from "../../core/verdicts/judge-books.ts";
import type { PageSource, PageState } from "../../out/page-server/page-app.ts";
import { booksPage } from "../../out/report/html/books-page.ts";
import { pageDocument } from "../../out/report/html/page.ts";
import { engineVersion } from "../engine-version.ts";
import type { Faults } from "../own-faults.ts";
import { RegionSource } from "../regions/region-source.ts";
import { inSlices } from "../work-in-slices.ts";
import type { AllocationServer } from "./allocation-server.ts";

/** Time between two walks through the books, at least; and that many times as long as the last one took. */
const WALK_EVERY_MS = 500;
const PAUSE_TIMES = 20;

/** Buffers that a page lists; the others are counted. */
const LISTED_MAX = 100_000;

/** All of what is live, asked for in one walk. */
const ALL = { since: 0, listedMax: 0, isEach: true, hasHistories: false, sources: "all" } as const;

/** What a page shows of an allocation server. The books are walked through while a page is open. */
export class BooksPage implements PageSource {
  readonly #server: AllocationServer;
  readonly #books: ServerBooks;
  readonly #rules: Rules;
  readonly #faults: Faults;
  readonly #startedAt = new Date().toISOString();
  readonly #startMs = performance.now();
  readonly #timeline = new BooksTimeline(nowNs());
  readonly #regions = new RegionSource();
  #isWalking = false;
  #walkAtMs = 0;
  #version = 0;
  #data: string;

  constructor(server: AllocationServer, books: ServerBooks, rules: Rules, faults: Faults) {
    this.#server = server;
    this.#books = books;
    this.#rules = rules;
    this.#faults = faults;
    this.#data = this.#pageOf([], [], 0);
  }

  get document(): PageSource["document"] {
    return pageDocument("allocation server", null);
  }

  refresh(): PageState {
    this.#walkSoon();
    return { version: this.#version, isLast: false };
  }

  data(): string {
    return this.#data;
  }

  #walkSoon(): void {
    const startMs = performance.now();
    if (this.#isWalking || startMs < this.#walkAtMs) return;
    this.#isWalking = true;
    void this.#faults
      .guardAsync("looking through the books for the page", () => this.#walk())
      .finally(() => {
        this.#walkAtMs = startMs + Math.max(WALK_EVERY_MS, PAUSE_TIMES * (performance.now() - startMs));
        this.#isWalking = false;
      });
  }

  async #walk(): Promise<void> {
    const tally = new BooksTally(this.#rules.refCountMax);
    const listed: BookedBuffer[] = [];
    let sizeBytes = 0;
    let notListed = 0;
    for await (const portion of inSlices(dumpSteps(this.#books, ALL))) {
      tally.add(portion);
      for (const buffer of portion) {
        sizeBytes += Number(buffer.sizeBytes);
        if (listed.length < LISTED_MAX) listed.push(buffer);
        else notListed += 1;
      }
    }
    const ended = this.#server.atExit(0);
    const findings = judgeBooks({ tallies: tally.tallies(), comparisons: null, ended, differences: [] }, this.#rules);
    this.#timeline.look(listed, this.#server.traced.running(), nowNs());
    const data = this.#pageOf(listed, findings, notListed, sizeBytes);
    this.#data = data;
    this.#version += 1;
  }

  #pageOf(
    listed: readonly BookedBuffer[],
    findings: readonly ServerFinding[],
    notListed: number,
    sizeBytes = 0,
  ): string {
    const { traced, options } = this.#server;
    const running = traced.running();
    const processes = traced.list().map(({ pid, missed, lost }) => {
      return { pid, running: running.get(pid) ?? null, lostRecords: missed + lost };
    });
    const known = new Set([...listed.map(({ pid }) => pid), ...processes.map(({ pid }) => pid)]);
    const page = booksPage({
      socketPath: options.socketPath,
      engine: engineVersion(),
      startedAt: this.#startedAt,
      upMs: Math.round(performance.now() - this.#startMs),
      buffers: listed.length + notListed,
      sizeBytes,
      notListed,
      processes,
      programs: regionPrograms(this.#regions.readIfAny().regions, known),
      findings,
      timeline: this.#timeline.timeline(),
    });
    return JSON.stringify(page);
  }
}

function nowNs(): number {
  return Number(process.hrtime.bigint());
}
