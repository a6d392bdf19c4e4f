import type { Recorded } from "../../core/model/recording.ts";
import type { RecordingReader } from "../../in/recording/recording-reader.ts";
import { openSteps } from "../replay/open-recording.ts";
import type { PlayUntil, StacksStep } from "../replay/play.ts";
import { openProgram } from "../replay/replay-program.ts";
import { LiveTrace } from "../trace/live-trace.ts";
import type { FrameMaker, RecordedFrame } from "./recorded-frame.ts";
import type { RecordingPasses } from "./recording-passes.ts";
import { TimedFrames } from "./timed-frames.ts";

/** How a traced program stood from time to time. */
export class FramesOfProgram implements FrameMaker {
  readonly #file: string;
  readonly #begun: Recorded;

  constructor(file: string, begun: Recorded) {
    this.#file = file;
    this.#begun = begun;
  }

  all(reading: RecordingPasses, stacks: readonly StacksStep[]): Promise<readonly RecordedFrame[]> {
    return reading.pass((reader) => this.#frames(reader, null, stacks));
  }

  async at(until: PlayUntil, reading: RecordingPasses, stacks: readonly StacksStep[]): Promise<RecordedFrame> {
    const frames = await reading.pass((reader) => this.#frames(reader, until, stacks));
    const frame = frames.at(-1);
    if (frame === undefined) throw new Error("frames end with the last one");
    return frame;
  }

  *#frames(
    reader: RecordingReader,
    until: PlayUntil | null,
    stacks: readonly StacksStep[],
  ): Generator<void, readonly RecordedFrame[], void> {
    const time = until?.kind === "time" ? until : null;
    const { program, rings } = openProgram(time?.limit ?? null);
    using _ = program;
    const { engine, startedAt, cwd } = this.#begun;
    const source = { command: "replay" as const, pid: 0, title: [this.#file], engine, startedAt };
    let atMs = 0;
    const live = new LiveTrace(
      source,
      program,
      cwd,
      () => Math.max(0, Math.round(atMs)),
      () => {
        return { state: live.hasEnded ? "ended" : "running", standstill: null };
      },
    );
    const frames = new TimedFrames();
    const startMs = Date.parse(startedAt);
    let durationMs: number | null = null;
    for (const step of openSteps(reader).steps) {
      rings.take(step);
      if (step.kind === "end") durationMs = step.end.durationMs;
      if (step.kind === "ring") for (const named of stacks) if (named.ring === step.ring.ring) rings.take(named);
      if (step.kind === "records") {
        atMs = reader.reachedMs - startMs;
        frames.note(atMs, step.count, () => live.snapshot());
      }
      yield;
    }
    atMs = time?.time.offsetMs ?? durationMs ?? atMs;
    live.hasEnded = time === null;
    return frames.all(live.snapshot());
  }
}
