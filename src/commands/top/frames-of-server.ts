import { dumpSteps } from "../../core/ledger/server/walk-entries.ts";
import type { LiveSnapshot } from "../../core/model/live-snapshot.ts";
import type { RecordedServer as Begun } from "../../core/model/recording.ts";
import { buildBooksSnapshot } from "../../core/report/live-books.ts";
import type { RecordingReader } from "../../in/recording/recording-reader.ts";
import { openSteps } from "../replay/open-recording.ts";
import type { PlayUntil } from "../replay/play.ts";
import { ReplayedServer } from "../replay/recorded-server.ts";
import { BooksWalk, trafficOfBooks, WALKED } from "../serve/books-walk.ts";
import { lostOf } from "../serve/traced-processes.ts";
import type { FrameMaker, RecordedFrame } from "./recorded-frame.ts";
import type { RecordingPasses } from "./recording-passes.ts";
import { TimedFrames } from "./timed-frames.ts";

/** How the books of an allocation server stood from time to time. */
export class FramesOfServer implements FrameMaker {
  readonly #file: string;
  readonly #begun: Begun;

  constructor(file: string, begun: Begun) {
    this.#file = file;
    this.#begun = begun;
  }

  all(reading: RecordingPasses): Promise<readonly RecordedFrame[]> {
    return reading.pass((reader) => this.#frames(reader, null));
  }

  async at(until: PlayUntil, reading: RecordingPasses): Promise<RecordedFrame> {
    const frames = await reading.pass((reader) => this.#frames(reader, until));
    const frame = frames.at(-1);
    if (frame === undefined) throw new Error("frames end with the last one");
    return frame;
  }

  *#frames(reader: RecordingReader, until: PlayUntil | null): Generator<void, readonly RecordedFrame[], void> {
    const time = until?.kind === "time" ? until.time : null;
    const server = new ReplayedServer();
    const frames = new TimedFrames();
    const startMs = Date.parse(this.#begun.startedAt);
    let [atMs, durationMs] = [0, null as number | null];
    for (const step of openSteps(reader).steps) {
      // Books that lack what was booked are not books.
      if (step.kind === "dropped" && step.dropped.events > 0) break;
      if (time !== null && reader.reachedMs > time.ms) break;
      server.take(step);
      if (step.kind === "end") durationMs = step.end.durationMs;
      if (step.kind === "messages") {
        atMs = Math.max(0, reader.reachedMs - startMs);
        frames.note(atMs, step.count, () => this.#snapshot(server, atMs, "running"));
      }
      yield;
    }
    const endMs = Math.round(time?.offsetMs ?? durationMs ?? atMs);
    return frames.all(this.#snapshot(server, endMs, time === null ? "ended" : "running"));
  }

  #snapshot(server: ReplayedServer, atMs: number, state: LiveSnapshot["state"]): LiveSnapshot {
    const { books } = server;
    const running = server.running();
    const walk = new BooksWalk(this.#begun.rules, running);
    for (const portion of dumpSteps(books, WALKED)) walk.add(portion);
    const seen = walk.seen(server.atExit(0), atMs);
    const { engine, startedAt } = this.#begun;
    const pids = new Set([...running.keys(), ...seen.usedBytes.keys()]);
    return buildBooksSnapshot({
      source: { command: "replay", pid: 0, title: [this.#file], engine, startedAt },
      ...{ state, atMs, seen },
      statistics: books.statistics(),
      processes: [...pids].map((pid) => {
        const test = running.get(pid) ?? null;
        return {
          pid,
          running: test === null ? null : { test, phase: null, forMs: null, quietMs: null },
          lostRecords: 0,
        };
      }),
      traffic: trafficOfBooks(books),
      lost: { records: server.traced.list().reduce((sum, status) => sum + lostOf(status), 0), messages: 0, refused: 0 },
    });
  }
}
