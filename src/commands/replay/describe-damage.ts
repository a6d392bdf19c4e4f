import { count } from "../../core/base/count.ts";
import type { DroppedBatches } from "../../core/model/recording.ts";
import type { RecordingReader } from "../../in/recording/recording-reader.ts";

const TOO_SLOW = "the disk did not take them in time";

/** What was missing between blocks, in all. */
export class MissingSums {
  events = 0;
  records = 0;

  add({ events, records }: DroppedBatches): void {
    this.events += events;
    for (const [, each] of records) this.records += each;
  }

  /** A sentence on each kind. */
  warnings(): string[] {
    return [
      ...(this.events === 0
        ? []
        : [`the recording lacks ${count(this.events, "event")}: ${TOO_SLOW}; this is what it has before them`]),
      ...(this.records === 0 ? [] : [`the recording lacks ${count(this.records, "traced record")}: ${TOO_SLOW}`]),
    ];
  }
}

/** A sentence on what could not be read; to be asked once all steps were taken. */
export function damageOf({ problem, readableBytes, sizeBytes, hasEnd }: RecordingReader): string[] {
  if (problem === null) return [];
  const what = hasEnd
    ? "all of the run could be read"
    : `this is what its first ${readableBytes} of ${sizeBytes} bytes have`;
  return [`the recording is not whole: ${problem}; ${what}`];
}
