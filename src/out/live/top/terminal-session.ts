import { writeSync } from "node:fs";
import { emitKeypressEvents } from "node:readline";
import type { ReadStream, WriteStream } from "node:tty";
import type { FrameSize, Paint, ScreenLine } from "./line.ts";
import { ENTER_SCREEN, LEAVE_SCREEN, ScreenPainter } from "./screen-painter.ts";
import type { Key } from "./top-state.ts";

/** Its descriptor. */
const STDOUT = 1;

export interface TerminalHandlers {
  onKey(key: Key): void;
  /** Somebody pressed Ctrl-C. */
  onInterrupt(): void;
  /** The terminal has another size, or shows nothing of ours any more. */
  onRepaint(): void;
}

/** Signals that end the program: the terminal is given back first. */
const END_SIGNALS = ["SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT"] as const;

/** On a terminal that does not say its size. */
const UNKNOWN_SIZE: FrameSize = { columns: 80, rows: 24 };

/**
 * The whole screen of a terminal, and its keys, until it is disposed of. Whichever way the program ends or is suspended, the
 * terminal is as it was before; only SIGKILL and SIGSTOP give nobody the time for that.
 */
export class TerminalSession implements Disposable {
  readonly #input: ReadStream;
  readonly #output: WriteStream;
  readonly #painter: ScreenPainter;
  readonly #handlers: TerminalHandlers;
  #isEntered = false;

  /** `output`: the standard output. */
  constructor(input: ReadStream, output: WriteStream, paint: Paint, handlers: TerminalHandlers) {
    this.#input = input;
    this.#output = output;
    this.#handlers = handlers;
    this.#painter = new ScreenPainter(STDOUT, paint);
    emitKeypressEvents(input);
    input.on("keypress", this.#onKey);
    // Whoever typed has gone.
    input.on("end", () => process.kill(process.pid, "SIGHUP"));
    output.on("resize", this.#onResize);
    for (const signal of END_SIGNALS) process.on(signal, this.#onEndSignal);
    process.on("SIGTSTP", this.#onSuspend);
    process.on("SIGCONT", this.#onContinue);
    process.on("exit", this.#leave);
    // Before anybody else says what happened: on the screen that is given back.
    process.prependListener("uncaughtException", this.#leave);
    process.prependListener("unhandledRejection", this.#leave);
    this.#enter();
  }

  get size(): FrameSize {
    const { columns, rows } = this.#output;
    return columns > 0 && rows > 0 ? { columns, rows } : UNKNOWN_SIZE;
  }

  show(frame: readonly ScreenLine[]): void {
    if (this.#isEntered) this.#painter.show(frame);
  }

  /** Shows all of the next frame, whatever is on the screen. */
  repaint(): void {
    this.#painter.forget();
    this.#handlers.onRepaint();
  }

  [Symbol.dispose](): void {
    this.#leave();
    this.#input.off("keypress", this.#onKey);
    this.#input.pause();
    this.#output.off("resize", this.#onResize);
    for (const signal of END_SIGNALS) process.off(signal, this.#onEndSignal);
    process.off("SIGTSTP", this.#onSuspend);
    process.off("SIGCONT", this.#onContinue);
    process.off("exit", this.#leave);
    process.off("uncaughtException", this.#leave);
    process.off("unhandledRejection", this.#leave);
  }

  #enter(): void {
    if (this.#isEntered) return;
    this.#isEntered = true;
    this.#input.setRawMode(true);
    this.#input.resume();
    writeNow(STDOUT, ENTER_SCREEN);
    this.#painter.forget();
  }

  readonly #leave = (): void => {
    if (!this.#isEntered) return;
    this.#isEntered = false;
    writeNow(STDOUT, LEAVE_SCREEN);
    this.#input.setRawMode(false);
  };

  readonly #onKey = (text: string | undefined, key: { readonly name?: string; readonly ctrl?: boolean }): void => {
    if (key.ctrl === true) this.#onControl(key.name ?? "");
    else this.#handlers.onKey({ name: key.name ?? text ?? "", text: text ?? "" });
  };

  #onControl(name: string): void {
    // As the terminal would do it by itself: for all that were started together.
    if (name === "z") process.kill(0, "SIGTSTP");
    else if (name === "l") this.repaint();
    else if (name === "c") this.#handlers.onInterrupt();
  }

  readonly #onResize = (): void => {
    if (this.#isEntered) this.repaint();
  };

  readonly #onEndSignal = (signal: NodeJS.Signals): void => {
    this[Symbol.dispose]();
    // As if it had not been caught: whoever waits for us sees what ended us.
    process.kill(process.pid, signal);
  };

  readonly #onSuspend = (): void => {
    this.#leave();
    process.kill(process.pid, "SIGSTOP");
  };

  readonly #onContinue = (): void => {
    this.#enter();
    this.#handlers.onRepaint();
  };
}

/** A terminal that has gone needs nothing given back. */
function writeNow(fd: number, text: string): void {
  try {
    writeSync(fd, text);
  } catch {}
}
