import type { LiveSnapshot } from "../../core/model/live-snapshot.ts";
import type { Recorded } from "../../core/model/recording.ts";
import type { TopData } from "../../out/live/top/top-view.ts";
import { UsageHistory } from "../../out/live/top/usage-history.ts";
import type { Io } from "../io.ts";
import { unreadSnapshot } from "../replay/end-snapshot.ts";
import { openSteps, withRecording } from "../replay/open-recording.ts";
import type { Until } from "../replay/until.ts";
import { frameMaker, outlineOf, recordedFrames } from "./frames-of-recording.ts";
import type { FrameMaker, RecordedFrame } from "./recorded-frame.ts";
import { RecordingPasses } from "./recording-passes.ts";

/** A recording, and the moment of it that is looked at: in outline before it was read. */
export class RecordingPlayer {
  readonly #file: string;
  readonly #asked: Until | null;
  readonly #maker: FrameMaker;
  readonly #io: Io;
  #frames: readonly RecordedFrame[];
  #at = 0;
  /** null: all was read. */
  #reading: Pick<RecordingPasses, "share"> | null = { share: 0 };

  /** @throws UsageError where nothing of it can be read, or it has no such moments */
  static open(file: string, at: Until | null, io: Io): RecordingPlayer {
    const begun = withRecording("top", file, io, (reader) => openSteps(reader).begun);
    return new RecordingPlayer(file, begun, at, io);
  }

  private constructor(file: string, begun: Recorded, at: Until | null, io: Io) {
    this.#file = file;
    this.#asked = at;
    this.#maker = frameMaker(file, begun, at, io);
    this.#io = io;
    this.#frames = [{ snapshot: { ...unreadSnapshot(file, begun), state: "running" }, ended: 0 }];
  }

  /** Shows what its index has of the moment; a recording without one is shown when it was read. */
  async outline(): Promise<void> {
    const snapshot = await outlineOf(this.#file, this.#asked, this.#io);
    if (snapshot !== null) this.#frames = [{ snapshot, ended: 0 }];
  }

  /**
   * Reads all of it, until the signal ends that.
   *
   * @throws UsageError where it has no such moment
   */
  async read(signal: AbortSignal): Promise<void> {
    const reading = new RecordingPasses(this.#file, this.#io, signal);
    this.#reading = reading;
    const { frames, at } = await recordedFrames(this.#file, this.#asked, this.#maker, reading, this.#io);
    [this.#frames, this.#at, this.#reading] = [frames, at, null];
  }

  get isRead(): boolean {
    return this.#reading === null;
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
      ...{ snapshot: this.snapshot, isGone: false, silentMs: null },
      historyOf: (name: string) => history.of(name),
    };
    const position = { frame: this.#at + 1, frames: this.#frames.length, readPart: this.#reading?.share ?? null };
    return { sources: [source], position };
  }
}
