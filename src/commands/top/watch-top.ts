import type { FrameSize, Paint } from "../../out/live/top/line.ts";
import { renderTop, scrollMaxOf } from "../../out/live/top/render.ts";
import { TerminalSession } from "../../out/live/top/terminal-session.ts";
import { type Choices, INITIAL_STATE, type Key, press, type TopState } from "../../out/live/top/top-state.ts";
import { type TopData, topView } from "../../out/live/top/top-view.ts";
import type { Io } from "../io.ts";
import { LiveSources } from "./live-sources.ts";
import type { RecordingPlayer } from "./recording-player.ts";

/** Moments of a recording that play in a second. */
const PLAY_EVERY_MS = 250;

/** Frames are shown at most so often, however many programs send. */
const SHOW_EVERY_MS = 100;

/** How far keys go in a recording. */
const STEPS: Readonly<Record<string, number>> = {
  ...{ left: -1, right: 1, "[": -10, "]": 10 },
  ...{ home: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY },
};

/** The full screen for what runs now, until somebody quits. */
export async function watchLive(place: string, paint: Paint, io: Io): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let timer: NodeJS.Timeout | null = null;
  const showSoon = (): void => {
    timer ??= setTimeout(() => {
      timer = null;
      if (!screen.state.isPaused) screen.show();
    }, SHOW_EVERY_MS);
  };
  using sources = new LiveSources(place, showSoon, showSoon);
  using screen = new Screen(
    () => ({ sources: sources.all(), position: null }),
    paint,
    io,
    () => false,
    resolve,
  );
  await promise;
  if (timer !== null) clearTimeout(timer);
  screen[Symbol.dispose]();
  for (const problem of sources.problems) io.stderr.write(`tt-memwatch: top: ${problem}\n`);
}

/**
 * The same for a recording: first in outline, while all of it is read.
 *
 * @throws UsageError where it has no such moment
 */
export async function watchRecording(player: RecordingPlayer, paint: Paint, io: Io): Promise<void> {
  const quit = Promise.withResolvers<void>();
  const stopping = new AbortController();
  const step = ({ name }: Key): boolean => {
    const by = STEPS[name];
    if (by !== undefined) player.move(by);
    return by !== undefined;
  };
  using screen = new Screen(() => player.data(), paint, io, step, quit.resolve);
  screen.state = { ...screen.state, isPaused: true };
  const timer = setInterval(() => {
    if (player.isRead && !screen.state.isPaused) {
      player.move(1);
      if (player.isAtEnd) screen.state = { ...screen.state, isPaused: true };
    } else if (player.isRead) return;
    screen.show();
  }, PLAY_EVERY_MS);
  try {
    const read = player.outline().then(async () => {
      screen.show();
      await player.read(stopping.signal);
      screen.show();
      await quit.promise;
    });
    await Promise.race([quit.promise, read]);
    stopping.abort();
    await read.catch(ignoreAbort);
  } finally {
    clearInterval(timer);
  }
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error && error.name === "AbortError")) throw error;
}

/** What is shown on a terminal, and what its keys make of it. */
class Screen implements Disposable {
  state: TopState = INITIAL_STATE;
  readonly #terminal: TerminalSession;
  readonly #dataNow: () => TopData;
  readonly #step: (key: Key) => boolean;
  readonly #onQuit: () => void;
  /** What was there when it was paused. */
  #data: TopData;

  /** `step`: moves where a key does that, and says so. */
  constructor(data: () => TopData, paint: Paint, io: Io, step: (key: Key) => boolean, onQuit: () => void) {
    this.#dataNow = data;
    this.#data = data();
    this.#step = step;
    this.#onQuit = onQuit;
    const handlers = {
      onKey: (key: Key) => this.#press(key),
      onInterrupt: onQuit,
      onRepaint: () => this.#paint(),
    };
    this.#terminal = new TerminalSession(process.stdin, io.stdout, paint, handlers);
    this.#paint();
  }

  [Symbol.dispose](): void {
    this.#terminal[Symbol.dispose]();
  }

  /** Shows how things are now. */
  show(): void {
    this.#data = this.#dataNow();
    if (this.state.isFollowing) this.state = { ...this.state, source: newestOf(this.#data) };
    this.#paint();
  }

  #press(key: Key): void {
    const { isTyping, page } = this.state;
    if (!isTyping && key.name === "q") this.#onQuit();
    else if (!isTyping && page === "overview" && this.#step(key)) this.show();
    else {
      this.state = press(this.state, key, choicesOf(this.#data, this.state, this.#terminal.size));
      if (this.state.isPaused) this.#paint();
      else this.show();
    }
  }

  #paint(): void {
    this.#terminal.show(renderTop(this.#data, this.state, this.#terminal.size));
  }
}

function newestOf({ sources }: TopData): number | null {
  return sources.findLast(({ snapshot }) => snapshot.source.command !== "regions")?.snapshot.source.pid ?? null;
}

function choicesOf(data: TopData, state: TopState, size: FrameSize): Choices {
  const view = topView(data, state);
  const all = topView(data, { ...INITIAL_STATE, source: state.source });
  const tests = all.processes.flatMap(({ process }) => (process.running === null ? [] : [process.running.test]));
  return {
    sources: data.sources.map(({ snapshot }) => snapshot.source.pid),
    devices: [...new Set(all.devices.map(({ device }) => device.device))],
    processes: all.processes.map(({ process }) => process.pid),
    tests: [...new Set(tests)],
    rows: { processes: view.processes.length, causes: view.causes.length, buffers: view.buffers.length },
    scrollMax: scrollMaxOf(data, state, size),
  };
}
