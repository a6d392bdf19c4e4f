import type { LiveSnapshot } from "../../core/model/live-snapshot.ts";
import type { TopData } from "../../out/live/top/top-view.ts";
import { UsageHistory } from "../../out/live/top/usage-history.ts";
import type { Io } from "../io.ts";
import type { Until } from "../replay/until.ts";
import { type RecordedFrame, recordedFrames } from "./recorded-frames.ts";

/** A recording, and the moment of it that is looked at. */
export class RecordingPlayer {
  readonly #frames: readonly RecordedFrame[];
  #at: number;

  /** @throws UsageError where it cannot be read, or has no such moment */
  static open(file: string, at: Until | null, io: Io): RecordingPlayer {
    const recorded = recordedFrames(file, at, io);
    return new RecordingPlayer(recorded.frames, recorded.at);
  }

  private constructor(frames: readonly RecordedFrame[], at: number) {
    this.#frames = frames;
    this.#at = at;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#frames.length - 1;
  }

  get snapshots(): readonly LiveSnapshot[] {
    return this.#frames.map(({ snapshot }) => snapshot);
  }

  get snapshot(): LiveSnapshot {
    const frame = this.#frames[this.#at];
    if (frame === undefined) throw new Error("a recording has a frame or more");
    return frame.snapshot;
  }

  /** Goes so many moments on, or back; no further than to the first and the last. */
  move(by: number): void {
    this.#at = Math.min(this.#frames.length - 1, Math.max(0, this.#at + by));
  }

  data(): TopData {
    const history = new UsageHistory();
    for (const { snapshot } of this.#frames.slice(0, this.#at + 1)) history.note(snapshot);
    const source = {
      snapshot: this.snapshot,
      isGone: false,
      silentMs: null,
      historyOf: (name: string) => history.of(name),
    };
    return { sources: [source], position: { frame: this.#at + 1, frames: this.#frames.length, readPart: null } };
  }
}
