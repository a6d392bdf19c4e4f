import type { RecordingReader } from "../../in/recording/recording-reader.ts";
import type { Io } from "../io.ts";
import { findingMoments, findMoment, momentsOf } from "./find-moment.ts";
import { withRecording } from "./open-recording.ts";
import type { PlayUntil } from "./play.ts";
import { findingLimit, limitTo } from "./time-limit.ts";
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

/**
 * The same, but the end of a test is taken for the time at which it was: nothing that came later is in it. Read step by step.
 *
 * @param pass has something read all of the recording
 * @throws UsageError where the recording has no such moment
 */
export async function playUntilTime(until: Until, pass: Pass): Promise<PlayUntil> {
  const moments = await pass(findingMoments);
  const moment = findMoment(until, moments);
  const limited = async (text: string, time: RecordedTime): Promise<PlayUntil> => {
    return { kind: "time", text, time, limit: await pass((reader) => findingLimit(time, reader)) };
  };
  if (moment.kind === "time") return await limited(moment.text, moment.time);
  const time = moment.endNs === null ? null : instantAt(moments.begun, moment.endNs);
  return time === null ? moment : await limited(moment.test, time);
}

/** Has something read a recording from its beginning, step by step. */
export type Pass = <T>(use: (reader: RecordingReader) => Generator<unknown, T, void>) => Promise<T>;

function untilTime(command: string, text: string, time: RecordedTime, file: string, io: Io): PlayUntil {
  const limit = withRecording(command, file, io, (reader) => limitTo(time, reader));
  return { kind: "time", text, time, limit };
}
