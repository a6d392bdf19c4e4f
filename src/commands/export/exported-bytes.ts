import type { ExportedInstant, ExportFormat } from "../../core/model/exported-recording.ts";
import type { RecordingReader } from "../../in/recording/recording-reader.ts";
import { openSteps } from "../replay/open-recording.ts";
import type { PlayUntil } from "../replay/play.ts";
import { limitOf, type NamesAndPeaks, takenSteps } from "./read-names-and-peaks.ts";
import { RecordingLives } from "./recording-lives.ts";

/** What is exported, of what was read of it first. */
export interface Exported {
  readonly format: ExportFormat;
  readonly instant: ExportedInstant;
  readonly until: PlayUntil | null;
}

/** The bytes of an export, made as the recording is read. */
export function* exportedBytes(
  reader: RecordingReader,
  { run, named }: NamesAndPeaks,
  { format, instant, until }: Exported,
): Generator<Uint8Array> {
  const { begun, steps } = openSteps(reader);
  const made: Uint8Array[] = [];
  const writer = format.open({ ...run, instant }, (bytes) => made.push(bytes));
  const recorded = new RecordingLives(begun, limitOf(until), {
    changed: (series, atNs, bytes) => {
      const memory = run.memories[series];
      if (memory !== undefined) writer.changed?.(memory, atNs, bytes);
    },
    lived: (life) => writer.lived(named(life)),
  });
  for (const step of takenSteps(steps, until)) {
    recorded.take(step);
    yield* made.splice(0);
  }
  recorded.end();
  yield* made.splice(0);
  writer.end();
  yield* made.splice(0);
}
