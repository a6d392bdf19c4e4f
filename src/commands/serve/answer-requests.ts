import type { Rules } from "../../core/model/rules.ts";
import type { StatisticsView } from "../../core/model/server-view.ts";
import { LISTED_BUFFERS_MAX } from "../../core/model/server-view.ts";
import type { TextClient } from "../../in/sources/allocation-target.ts";
import {
  EARLIER_QUERY,
  encodeAnswer,
  REQUEST_WORD,
  type ServerAnswer,
  ServerRequest,
} from "../../in/wire/server-requests.ts";
import { FLAVOURS } from "../../out/server-text/flavour-table.ts";
import type { Faults } from "../own-faults.ts";
import type { AllocationServer } from "./allocation-server.ts";
import { dumpAnswers, type ServerBaseline } from "./dump-answers.ts";
import { growthSince } from "./growth-since.ts";
import { devicesOf, endedAnswer, growthAnswer } from "./server-answers.ts";
import type { TracedStatus } from "./traced-process.ts";
import { RINGS_MAX } from "./traced-processes.ts";

/** Processes of which nobody knows whether they live that are named; the books have all of them. */
const UNVERIFIABLE_LISTED_MAX = 1_000;

/** Of a text that is not a request, in the error that answers it. */
const SHOWN_CHARACTERS_MAX = 200;

/** Baselines that are kept; the oldest goes first. */
const BASELINES_MAX = 100;

/** What a server answers to lines of text. */
export class RequestAnswers {
  readonly #baselines = new Map<string, ServerBaseline>();
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
      await client.write(`unknown command ${JSON.stringify(shown(text))}\n\n`);
      return;
    }
    const request = ServerRequest.safeParse(parseJson(rest.join(" ")));
    if (!request.success) {
      await client.write(encodeAnswer(errorAnswer(`not a request of this server's protocol: ${shown(text)}`)));
      return;
    }
    if (request.data.request === "test") return noteTest(server, request.data, client);
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
        return yield* this.#dump(server, request);
      case "growth":
        if (server.serverBooks === null) return yield [errorAnswer(NO_BASELINES)];
        yield [growthAnswer(await growthSince(server.serverBooks, request.since, request.pid, request.sources))];
        break;
      case "reset":
        server.reset();
        this.#baselines.clear();
        break;
      case "traced":
        yield [{ kind: "traced", ...announced(server, request, client) }];
        break;
      case "baseline-save":
        if (server.serverBooks === null) return yield [errorAnswer(NO_BASELINES)];
        this.#save(request.name, { births: server.serverBooks.births, ended: server.ended, comparisons: [] });
        break;
    }
    yield [{ kind: "end", live: server.books.statistics().active }];
  }

  #save(name: string, baseline: ServerBaseline): void {
    this.#baselines.delete(name);
    this.#baselines.set(name, baseline);
    const [oldest] = this.#baselines.keys();
    if (this.#baselines.size > BASELINES_MAX && oldest !== undefined) this.#baselines.delete(oldest);
  }

  #dump(server: AllocationServer, { since, ...question }: Extract<ServerRequest, { request: "dump" }>): Answers {
    const books = server.serverBooks;
    if (books === null) return refusal("a server in --compat has no lists: ask with DUMP_REMAINING");
    const baseline = since === null ? null : this.#baselines.get(since);
    if (baseline === undefined) return refusal(`no baseline named ${JSON.stringify(since)}: save it first`);
    return dumpAnswers(server, books, { ...question, since: baseline }, this.#rules);
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
      traced: [...server.traced.list()],
      tables: {
        ...server.tables(),
        baselines: { used: this.#baselines.size, max: BASELINES_MAX },
        rings: { used: server.traced.count, max: RINGS_MAX },
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

const NO_BASELINES = "a server in --compat keeps no baselines";

async function* refusal(message: string): Answers {
  yield [errorAnswer(message)];
}

/** How it stands with a process that says that it is traced, or why it is not. */
function announced(
  { traced, options }: AllocationServer,
  { pid, ring, reason }: Extract<ServerRequest, { request: "traced" }>,
  client: TextClient,
): TracedStatus {
  const process = client.speakFor(pid);
  if (process === null) return traced.refuse({ pid, localPid: null }, ring, client.refusal() ?? reason);
  if (ring === null) return traced.refuse(process, null, reason);
  if (!options.followsRings) {
    return traced.refuse(process, ring, "this server belongs to a run, which follows rings itself");
  }
  return traced.follow(process, ring, client.user);
}

function noteTest(
  { traced }: AllocationServer,
  { pid, context, test }: Extract<ServerRequest, { request: "test" }>,
  client: TextClient,
): void {
  const process = client.speakFor(pid);
  if (process !== null) traced.noteTest(process.id, context, test);
}

/** What was sent, as far as an error repeats it. */
function shown(text: string): string {
  return text.length <= SHOWN_CHARACTERS_MAX ? text : `${text.slice(0, SHOWN_CHARACTERS_MAX)}…`;
}

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
