import type { Rules } from "../../core/model/rules.ts";
import type { StatisticsView } from "../../core/model/server-view.ts";
import { LISTED_BUFFERS_MAX } from "../../core/model/server-view.ts";
import { BooksTally } from "../../core/verdicts/books-tally.ts";
import { type Comparison, comparisonOf, judgeBooks } from "../../core/verdicts/judge-books.ts";
import type { TextClient } from "../../in/sources/allocation-connection.ts";
import {
  EARLIER_QUERY,
  encodeAnswer,
  REQUEST_WORD,
  type ServerAnswer,
  ServerRequest,
} from "../../in/wire/server-requests.ts";
import { FLAVOURS } from "../../out/server-text/flavours.ts";
import type { Faults } from "../faults.ts";
import type { AllocationServer } from "./allocation-server.ts";
import { growthSince } from "./growth-since.ts";
import {
  bufferAnswer,
  devicesOf,
  doubleFreedAnswer,
  endedAnswer,
  findingAnswer,
  groupAnswer,
  growthAnswer,
} from "./server-answers.ts";
import { inSlices } from "./slices.ts";
import { TRACED_MAX, TracedProcesses } from "./traced-processes.ts";

/** Processes of which nobody knows whether they live that are named; the books have all of them. */
const UNVERIFIABLE_LISTED_MAX = 1_000;

/** Baselines that are kept; the oldest goes first. */
const BASELINES_MAX = 100;

/** Comparisons with one baseline that are remembered. */
const COMPARISONS_MAX = 100;

/** What a server answers to lines of text. */
export class RequestAnswers {
  readonly #baselines = new Map<string, Baseline>();
  readonly #traced = new TracedProcesses();
  readonly #version: string;
  readonly #lost: () => number;
  readonly #faults: Faults;
  readonly #rules: Rules;
  readonly #startedMs = performance.now();

  /** `lost`: lines of output that were lost so far. `rules`: what the books are judged by. */
  constructor(version: string, lost: () => number, faults: Faults, rules: Rules) {
    this.#version = version;
    this.#lost = lost;
    this.#faults = faults;
    this.#rules = rules;
  }

  readonly answer = async (server: AllocationServer, text: string, client: TextClient): Promise<void> => {
    if (text === EARLIER_QUERY) return this.#queryAll(server, client);
    const [word, ...rest] = text.split(" ");
    if (word !== REQUEST_WORD) {
      await client.write(`unknown command ${JSON.stringify(text)}\n\n`);
      return;
    }
    const request = ServerRequest.safeParse(parseJson(rest.join(" ")));
    if (!request.success) {
      await client.write(encodeAnswer(errorAnswer(`not a request of this server's protocol: ${text}`)));
      return;
    }
    let pending = "";
    for await (const portion of this.#answers(server, request.data, client)) {
      pending += portion.map(encodeAnswer).join("");
      if (pending.length < WRITE_CHARACTERS) continue;
      // To nobody there is nothing more to list: the rest of it is let go.
      if (!(await client.write(pending))) return;
      pending = "";
    }
    await client.write(pending);
  };

  async #queryAll(server: AllocationServer, client: TextClient): Promise<void> {
    await client.checkpoint();
    server.sweepAndPrint();
    await client.write(`${FLAVOURS.modern.remaining(await server.remaining(LISTED_BUFFERS_MAX), [])}\n`);
  }

  async *#answers(server: AllocationServer, request: ServerRequest, client: TextClient): Answers {
    await client.checkpoint();
    server.sweepAndPrint();
    const statistics = server.books.statistics();
    switch (request.request) {
      case "checkpoint":
        yield [{ kind: "checkpoint", live: statistics.active, devices: devicesOf(statistics) }];
        break;
      case "stats":
        yield [this.#stats(server, statistics)];
        break;
      case "dump":
        return yield* this.#dump(server, request.listedMax, request.since);
      case "growth":
        if (server.serverBooks === null) return yield [errorAnswer(NO_BASELINES)];
        yield [growthAnswer(await growthSince(server.serverBooks, request.since, request.pid))];
        break;
      case "reset":
        server.reset();
        this.#baselines.clear();
        break;
      case "traced":
        this.#traced.note(request.pid, request.ring);
        break;
      case "baseline-save":
        if (server.serverBooks === null) return yield [errorAnswer(NO_BASELINES)];
        this.#save(request.name, { births: server.serverBooks.births, ended: server.ended, comparisons: [] });
        break;
    }
    yield [{ kind: "end", live: server.books.statistics().active }];
  }

  #save(name: string, baseline: Baseline): void {
    this.#baselines.delete(name);
    this.#baselines.set(name, baseline);
    const [oldest] = this.#baselines.keys();
    if (this.#baselines.size > BASELINES_MAX && oldest !== undefined) this.#baselines.delete(oldest);
  }

  async *#dump(server: AllocationServer, listedMax: number | null, since: string | null): Answers {
    const books = server.serverBooks;
    if (books === null) return yield [errorAnswer("a server in --compat has no lists: ask with DUMP_REMAINING")];
    const baseline = since === null ? EVERYTHING : this.#baselines.get(since);
    if (baseline === undefined) return yield [errorAnswer(`no baseline named ${JSON.stringify(since)}: save it first`)];
    const tally = new BooksTally(this.#rules.refCountMax);
    const ask = { since: baseline.births, listedMax: listedMax ?? 0, isEach: true, hasHistories: false };
    const slices = inSlices(books.dumpSteps(ask));
    let step = await slices.next();
    for (; !step.done; step = await slices.next()) {
      tally.add(step.value);
      if (listedMax === null) yield step.value.map((buffer) => bufferAnswer(buffer, buffer));
    }
    const { total, groups, doubleFreed } = step.value;
    const tallies = tally.tallies();
    const ended = server.atExit(baseline.ended);
    if (since !== null) baseline.comparisons = [...baseline.comparisons, comparisonOf(tallies)].slice(-COMPARISONS_MAX);
    const comparisons = since === null ? null : baseline.comparisons;
    yield [
      ...groups.flatMap((group) => group.listed.map((buffer) => bufferAnswer(group, buffer))),
      ...groups.map(groupAnswer),
      ...judgeBooks({ tallies, comparisons, ended }, this.#rules).map(findingAnswer),
      ...(since === null ? doubleFreed.map(doubleFreedAnswer) : []),
      ...ended.map((process) => ({ kind: "at-exit", ...endedAnswer(process) }) as const),
      { kind: "end", live: total },
    ];
  }

  #stats(server: AllocationServer, statistics: StatisticsView): ServerAnswer {
    const { open, connections, refused, dropped, dialects, unknownSizes } = server.socketTotals;
    const totals = server.serverBooks?.totals();
    const unverifiable = [...server.unverifiable()];
    return {
      kind: "stats",
      server: {
        version: this.#version,
        pid: process.pid,
        socket: server.options.socketPath,
        uptimeSeconds: Math.floor((performance.now() - this.#startedMs) / 1000),
        compat: server.options.compat,
        faults: this.#faults.count,
      },
      connections: {
        open,
        total: connections,
        refused,
        dropped,
        dialects,
        unknownSizes,
        refusals: [...server.refusals],
      },
      messages: {
        applied: totals?.applied ?? 0,
        outcomes: totals?.outcomes ?? {},
        refused: server.refusedMessages,
        resized: totals?.resized ?? 0,
      },
      processes: {
        alive: server.books.owners().length - unverifiable.length,
        unverifiable: unverifiable.slice(0, UNVERIFIABLE_LISTED_MAX),
        atExit: server.atExit(0).map(endedAnswer),
      },
      traced: this.#traced.list(),
      tables: {
        ...server.tables(),
        baselines: { used: this.#baselines.size, max: BASELINES_MAX },
        traced: { used: this.#traced.count, max: TRACED_MAX },
      },
      lost: this.#lost(),
      devices: devicesOf(statistics),
    };
  }
}

/** Answers in portions, so that a million of them are not a million turns. */
type Answers = AsyncGenerator<readonly ServerAnswer[], void, void>;

/** What is put together before it is sent, in characters. */
const WRITE_CHARACTERS = 65_536;

/** A moment, and what was new since it each time somebody asked. */
interface Baseline {
  /** Number of the newest allocation at the time. */
  readonly births: number;
  /** Processes that had ended by then. */
  readonly ended: number;
  comparisons: readonly Comparison[];
}

const EVERYTHING: Baseline = { births: 0, ended: 0, comparisons: [] };

const NO_BASELINES = "a server in --compat keeps no baselines";

function errorAnswer(message: string): ServerAnswer {
  return { kind: "error", message };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
