import { resolve } from "node:path";
import { UsageError } from "../../core/base/usage-error.ts";
import type { Recorded } from "../../core/model/recording.ts";
import { RecordingError } from "../../in/recording/recording-error.ts";
import { RecordingReader } from "../../in/recording/recording-reader.ts";
import type { RecordingStep } from "../../in/recording/recording-step.ts";
import type { Io } from "../io.ts";
import { whyUnread } from "../named-file.ts";
import { resultInSlices } from "../work-in-slices.ts";

/**
 * Opens a recording that the user named and has `use` read it.
 *
 * @param command whose operand it is, for the message
 * @throws UsageError where there is no such file, or nothing of it can be read
 */
export function withRecording<T>(command: string, file: string, io: Io, use: (reader: RecordingReader) => T): T {
  using reader = openReader(command, file, io);
  try {
    return use(reader);
  } catch (error) {
    throw explained(error, command, file);
  }
}

/** The same for what is done step by step: something else is done in between. */
export async function recordingInSlices<T>(
  command: string,
  file: string,
  io: Io,
  use: (reader: RecordingReader) => Generator<unknown, T, void>,
): Promise<T> {
  using reader = openReader(command, file, io);
  try {
    return await resultInSlices(use(reader));
  } catch (error) {
    throw explained(error, command, file);
  }
}

function explained(error: unknown, command: string, file: string): unknown {
  return error instanceof RecordingError ? new UsageError(`${command}: ${file}: ${error.message}`) : error;
}

/** What was recorded, and the steps that follow, to be taken once. Throws RecordingError where nothing can be read. */
export function openSteps(reader: RecordingReader): {
  readonly begun: Recorded;
  readonly steps: Iterable<RecordingStep>;
} {
  const steps = reader.steps();
  const first = steps.next();
  if (first.done === true || first.value.kind !== "begin") {
    throw new RecordingError("it does not begin with what was recorded");
  }
  return { begun: first.value.begun, steps };
}

/** To be closed by who asked. Throws UsageError where there is no such file. */
export function openReader(command: string, file: string, io: Io): RecordingReader {
  try {
    return RecordingReader.open(resolve(io.cwd, file));
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    throw new UsageError(
      `${command}: ${file} cannot be read: ${whyUnread(error)}; tt-memwatch run --record FILE makes such a file`,
    );
  }
}

/** The one operand of the command. */
export function recordingOperand(command: string, [file, ...more]: readonly string[]): string {
  if (file === "-") {
    throw new UsageError(`${command}: a recording is read from a file, not from standard input; write it to one first`);
  }
  if (file !== undefined && file !== "" && more.length === 0) return file;
  throw new UsageError(`${command}: name one recording, as tt-memwatch run --record FILE makes it`);
}
