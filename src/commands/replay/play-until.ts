import type { Io } from "../io.ts";
import { findMoment, momentsOf } from "./find-moment.ts";
import { withRecording } from "./open-recording.ts";
import type { PlayUntil } from "./play.ts";
import { limitTo } from "./time-limit.ts";
import { instantAt, type RecordedTime, type Until } from "./until.ts";

/**
 * Up to where a recording is to be played, which has to be looked up in it first.
 *
 * @param command whose operand the file is, for the message
 * @throws UsageError where the recording cannot be read or has no such moment
 */
export function playUntil(command: string, until: Until, file: string, io: Io): PlayUntil {
  const moment = findMoment(until, withRecording(command, file, io, momentsOf));
  return moment.kind === "test" ? moment : untilTime(command, moment.text, moment.time, file, io);
}

/** The same, but the end of a test is taken for the time at which it was: nothing that came later is in it. */
export function playUntilTime(command: string, until: Until, file: string, io: Io): PlayUntil {
  const moments = withRecording(command, file, io, momentsOf);
  const moment = findMoment(until, moments);
  if (moment.kind === "time") return untilTime(command, moment.text, moment.time, file, io);
  const time = moment.endNs === null ? null : instantAt(moments.begun, moment.endNs);
  return time === null ? moment : untilTime(command, moment.test, time, file, io);
}

function untilTime(command: string, text: string, time: RecordedTime, file: string, io: Io): PlayUntil {
  const limit = withRecording(command, file, io, (reader) => limitTo(time, reader));
  return { kind: "time", text, time, limit };
}
