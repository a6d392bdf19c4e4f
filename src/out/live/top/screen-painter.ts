import sonicBoom from "sonic-boom";
import { type Paint, painted, type ScreenLine } from "./line.ts";

/** Keeps what was on the screen, hides the cursor, and lets nothing wrap. */
export const ENTER_SCREEN = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[H\x1b[2J";
/** Gives all of that back. */
export const LEAVE_SCREEN = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l";

const ERASE_RIGHT = "\x1b[K";
/** A terminal that knows these shows a frame when it is whole; others ignore them. */
const BEGIN_FRAME = "\x1b[?2026h";
const END_FRAME = "\x1b[?2026l";

/**
 * Shows frames on a terminal: each writes only the lines that have changed. A terminal that is slow, or stopped, misses
 * frames: while one is being written there is no next one, and then it is the newest.
 */
export class ScreenPainter {
  readonly #stream: sonicBoom.SonicBoom;
  readonly #paint: Paint;
  #shown: readonly string[] = [];
  #waiting: readonly ScreenLine[] | null = null;
  #isBusy = false;

  /** `fd`: of the terminal. */
  constructor(fd: number, paint: Paint) {
    this.#stream = new sonicBoom.SonicBoom({ fd, sync: false, minLength: 0 });
    this.#stream.on("drain", () => this.#wrote());
    // Who read the terminal has gone: nothing can be shown, and the signal that follows ends us.
    this.#stream.on("error", () => {});
    this.#paint = paint;
  }

  /** Shows this frame, or the newest of those that were asked for when the one before it is written. */
  show(frame: readonly ScreenLine[]): void {
    if (this.#isBusy) {
      this.#waiting = frame;
      return;
    }
    const lines = frame.map((line) => painted(line, this.#paint));
    const changes = changedLines(this.#shown, lines);
    this.#shown = lines;
    if (changes === "") return;
    this.#isBusy = true;
    this.#stream.write(`${BEGIN_FRAME}${changes}${END_FRAME}`);
  }

  /** Nothing of what was shown is on the screen any more. */
  forget(): void {
    this.#shown = [];
  }

  #wrote(): void {
    this.#isBusy = false;
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting !== null) this.show(waiting);
  }
}

/** What turns the lines that are shown into others; empty: nothing. */
export function changedLines(shown: readonly string[], lines: readonly string[]): string {
  const changes = lines.flatMap((line, index) => {
    return line === shown[index] ? [] : [`\x1b[${index + 1};1H${ERASE_RIGHT}${line}`];
  });
  return changes.join("");
}
