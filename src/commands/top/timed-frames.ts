import type { LiveSnapshot } from "../../core/model/live-snapshot.ts";
import type { RecordedFrame } from "./recorded-frame.ts";

/** Moments that are kept: of a longer recording they are further apart. */
const TIMED_FRAMES_MAX = 256;

/** Time between two moments at first. */
const FIRST_EVERY_MS = 100;

/**
 * How things stood at moments that are about as far apart. What is live is looked through for each, so there is none before as much
 * has changed as is live: all of them together cost no more than the changes.
 */
export class TimedFrames {
  #frames: RecordedFrame[] = [];
  #everyMs = FIRST_EVERY_MS;
  #changes = 0;
  #live = 0;
  #lastMs = 0;

  /** So many changes came up to this time, since the recording began. */
  note(atMs: number, changes: number, snapshot: () => LiveSnapshot): void {
    this.#changes += changes;
    if (atMs - this.#lastMs < this.#everyMs || this.#changes < this.#live) return;
    const taken = snapshot();
    this.#frames.push({ snapshot: taken, ended: 0 });
    [this.#lastMs, this.#changes, this.#live] = [atMs, 0, taken.buffers];
    if (this.#frames.length < TIMED_FRAMES_MAX) return;
    this.#frames = this.#frames.filter((_, index) => index % 2 === 1);
    this.#everyMs *= 2;
  }

  /** With the end. */
  all(end: LiveSnapshot): readonly RecordedFrame[] {
    return [...this.#frames, { snapshot: end, ended: 0 }];
  }
}
