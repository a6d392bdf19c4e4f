import type { OtherNow } from "../../core/ledger/run/other-process-now.ts";
import { LIVE_BUFFERS_MAX, type LiveSnapshot, type LiveSource } from "../../core/model/live-snapshot.ts";
import { buildLiveSnapshot, type ProcessPart } from "../../core/report/build-live-snapshot.ts";
import { notJudged } from "../../core/report/live-causes.ts";
import type { TracedProgram } from "./traced-program.ts";

/** What is known of a process beside what it records. */
export type FateOf = (pid: number) => Pick<ProcessPart, "state" | "standstill">;

/** What is known of a traced program at any time, for whoever looks on. */
export class LiveTrace {
  readonly #source: LiveSource;
  readonly #program: TracedProgram;
  readonly #cwd: string;
  readonly #clock: () => number;
  readonly #fateOf: FateOf;
  hasEnded = false;

  /** `cwd`: absolute; reported files are relative to it. `clock`: milliseconds since the program began. */
  constructor(source: LiveSource, program: TracedProgram, cwd: string, clock: () => number, fateOf: FateOf) {
    this.#source = source;
    this.#program = program;
    this.#cwd = cwd;
    this.#clock = clock;
    this.#fateOf = fateOf;
  }

  snapshot(): LiveSnapshot {
    return buildLiveSnapshot({
      source: this.#source,
      state: this.hasEnded ? "ended" : "running",
      atMs: this.#clock(),
      tests: null,
      processes: this.#program.now(LIVE_BUFFERS_MAX).map((now) => this.#partOf(now)),
      causes: notJudged("a program without tests is not judged"),
      causesLeftOut: 0,
      traffic: this.#program.traffic(),
      lost: { messages: 0, refused: 0 },
    });
  }

  #partOf(now: OtherNow): ProcessPart {
    return { ...now, ...this.#fateOf(now.pid), worker: null, role: "program", running: null, rootDir: this.#cwd };
  }
}
