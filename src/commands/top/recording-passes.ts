import type { RecordingReader } from "../../in/recording/recording-reader.ts";
import type { Io } from "../io.ts";
import { recordingInSlices } from "../replay/open-recording.ts";
import type { Pass } from "../replay/play-until.ts";

/** Reads a recording from its beginning as often as is needed, step by step, and knows how far it is. */
export class RecordingPasses {
  readonly #file: string;
  readonly #io: Io;
  readonly #signal: AbortSignal;
  #passes = 0;
  #ended = 0;
  #part = 0;

  /** `signal`: ends it; what is being read then throws its reason. */
  constructor(file: string, io: Io, signal: AbortSignal) {
    this.#file = file;
    this.#io = io;
    this.#signal = signal;
  }

  /** It will be read so many times more. */
  expect(passes: number): void {
    this.#passes += passes;
  }

  /** How much was read of what is to be, from 0 to 1. */
  get share(): number {
    return Math.min(1, (this.#ended + this.#part) / Math.max(1, this.#passes));
  }

  readonly pass: Pass = async (use) => {
    const result = await recordingInSlices("top", this.#file, this.#io, (reader) => this.#watched(reader, use(reader)));
    this.#ended += 1;
    this.#part = 0;
    return result;
  };

  *#watched<T>(reader: RecordingReader, steps: Generator<unknown, T, void>): Generator<void, T, void> {
    for (;;) {
      this.#signal.throwIfAborted();
      const { done, value } = steps.next();
      if (done) return value;
      this.#part = reader.readableBytes / Math.max(1, reader.sizeBytes);
      yield;
    }
  }
}
