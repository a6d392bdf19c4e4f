import { otherNow } from "../../core/ledger/run/other-now.ts";
import type { TracedMemory } from "../../core/ledger/run/traced-memory.ts";
import { LIVE_BUFFERS_MAX, type LiveSnapshot, type LiveSource } from "../../core/model/live-snapshot.ts";
import { notJudged } from "../../core/report/live-causes.ts";
import { buildLiveSnapshot, type ProcessPart } from "../../core/report/live-snapshot.ts";
import { isTaken } from "../../in/sources/proc.ts";
import type { RingFollower } from "../../in/sources/ring-follower.ts";

/** What is known of a traced program at any time, for whoever looks on. */
export class LiveTrace {
  readonly #source: LiveSource;
  readonly #follower: RingFollower;
  readonly #memoryOf: (path: string) => TracedMemory;
  readonly #cwd: string;
  readonly #clock: () => number;
  hasEnded = false;

  /** `cwd`: absolute; files are told relative to it. `clock`: milliseconds since the program began. */
  constructor(
    source: LiveSource,
    { follower, memoryOf }: { readonly follower: RingFollower; readonly memoryOf: (path: string) => TracedMemory },
    cwd: string,
    clock: () => number,
  ) {
    this.#source = source;
    this.#follower = follower;
    this.#memoryOf = memoryOf;
    this.#cwd = cwd;
    this.#clock = clock;
  }

  snapshot(): LiveSnapshot {
    return buildLiveSnapshot({
      source: this.#source,
      state: this.hasEnded ? "ended" : "running",
      atMs: this.#clock(),
      tests: null,
      processes: this.#follower.rings().map(({ pid, path }) => this.#partOf(pid, path)),
      causes: notJudged("a program without tests is not judged"),
      causesLeftOut: 0,
      refused: 0,
    });
  }

  #partOf(pid: number, path: string): ProcessPart {
    const now = otherNow(pid, this.#memoryOf(path), this.#follower.stacks(path), LIVE_BUFFERS_MAX);
    const state = isTaken(pid) ? "running" : "ended";
    return { ...now, worker: null, role: "program", state, running: null, rootDir: this.#cwd };
  }
}
