import { styleText } from "node:util";
import type { RunStatus } from "../../core/model/run-status.ts";
import { formatStatus } from "./format-status.ts";

/** What the status line needs of `process.stdout`. */
export interface TerminalStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
  on(event: "resize", listener: () => void): unknown;
  off(event: "resize", listener: () => void): unknown;
}

export interface Clock {
  nowMs(): number;
  /** Runs once after the delay; the result cancels it. */
  after(delayMs: number, run: () => void): () => void;
}

/** Real time. A pending repaint does not keep the process alive. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs).unref();
    return () => clearTimeout(timer);
  },
};

export interface StatusLineOptions {
  /** The environment's TERM. */
  readonly term: string | undefined;
  readonly color: boolean;
  readonly clock: Clock;
}

/** Four times a second is as fast as anyone reads. */
const REPAINT_MS_MIN = 250;
/** On a lower or narrower terminal a reserved row takes more than it gives. */
const ROWS_MIN = 6;
const COLUMNS_MIN = 20;

const SAVE_CURSOR = "\x1b7";
const RESTORE_CURSOR = "\x1b8";
/** Down one row in the same column; the screen scrolls if there is none. */
const INDEX = "\x1bD";
const CURSOR_UP = "\x1b[1A";
const ERASE_BELOW = "\x1b[J";
const ERASE_RIGHT = "\x1b[K";
/** All rows scroll. Moves the cursor, as every setting of the region does. */
const RESET_REGION = "\x1b[r";

/**
 * One row at the bottom of a terminal to which another program writes at the same time. The last row is taken out of the
 * scroll region (DECSTBM), so that the program's lines scroll above it; each repaint is one write that leaves cursor
 * and colours as they were. Writes nothing where there is no terminal, a dumb one, or one below 6 rows or 20 columns.
 *
 * Whoever makes one closes it, also on the way out of a failure: an open one leaves the terminal with a row missing.
 * A program that sets a scroll region of its own or resets the terminal takes the row back; that costs only the line.
 */
export class StatusLine {
  readonly #stream: TerminalStream;
  readonly #options: StatusLineOptions;
  readonly #onResize = (): void => this.#resize();
  #status: RunStatus | null = null;
  /** The row that is reserved, from 1; null: none. */
  #row: number | null = null;
  #paintedAtMs = Number.NEGATIVE_INFINITY;
  #cancelRepaint: (() => void) | null = null;
  #isClosed = false;

  constructor(stream: TerminalStream, options: StatusLineOptions) {
    this.#stream = stream;
    this.#options = options;
    if (this.#isTerminal()) stream.on("resize", this.#onResize);
  }

  /** Shows this status, now or when the last repaint is a quarter of a second ago. */
  update(status: RunStatus): void {
    if (this.#isClosed || !this.#isTerminal()) return;
    this.#status = status;
    if (this.#cancelRepaint !== null) return;
    const waitMs = this.#paintedAtMs + REPAINT_MS_MIN - this.#options.clock.nowMs();
    if (waitMs <= 0) this.#paint();
    else this.#cancelRepaint = this.#options.clock.after(waitMs, () => this.#repaint());
  }

  /** Gives the row back and wipes it. Harmless the second time. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelRepaint?.();
    this.#stream.off("resize", this.#onResize);
    this.#release();
  }

  #repaint(): void {
    this.#cancelRepaint = null;
    this.#paint();
  }

  #paint(): void {
    const { rows = 0, columns = 0 } = this.#stream;
    if (this.#status === null || rows < ROWS_MIN || columns < COLUMNS_MIN) return;
    this.#paintedAtMs = this.#options.clock.nowMs();
    const reserve = this.#row === null ? reserveRow(rows) : "";
    this.#row = rows;
    // The last column stays empty: some terminals wrap as soon as it is written.
    const text = formatStatus(this.#status, columns - 1);
    const styled = this.#options.color ? styleText("inverse", text, { validateStream: false }) : text;
    this.#stream.write(`${reserve}${SAVE_CURSOR}${moveTo(rows)}\x1b[0m${styled}${ERASE_RIGHT}${RESTORE_CURSOR}`);
  }

  #resize(): void {
    if (this.#row === null) return;
    // The old row is wherever the terminal moved it, below all that the program wrote.
    this.#stream.write(`${SAVE_CURSOR}${RESET_REGION}${RESTORE_CURSOR}${ERASE_BELOW}`);
    this.#row = null;
    this.#paint();
  }

  #release(): void {
    if (this.#row === null) return;
    this.#stream.write(`${SAVE_CURSOR}${RESET_REGION}${moveTo(this.#row)}${ERASE_RIGHT}${RESTORE_CURSOR}`);
    this.#row = null;
  }

  #isTerminal(): boolean {
    return this.#stream.isTTY === true && this.#options.term !== "dumb";
  }
}

/** Makes sure that the cursor is above the last row, then lets only the rows above it scroll. */
function reserveRow(rows: number): string {
  return `${INDEX}${SAVE_CURSOR}\x1b[1;${rows - 1}r${RESTORE_CURSOR}${CURSOR_UP}`;
}

function moveTo(row: number): string {
  return `\x1b[${row};1H`;
}
