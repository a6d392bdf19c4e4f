import type { RunReport } from "../../core/model/run-report.ts";
import type { Io } from "../io.ts";
import { judge, reportOf } from "../run/report-of-run.ts";
import { withRecording } from "./open-recording.ts";
import { type Played, play } from "./play.ts";

/** What a report says of the run itself. */
export function factsOf({ run: { command, invocation, cwd, engine, startedAt }, durationMs }: Played) {
  return { command, invocation, cwd, engine, startedAt, durationMs };
}

/**
 * The report of a recorded run, judged as that run was.
 *
 * @param command whose operand the file is, for the message
 * @throws UsageError where nothing of it can be read
 */
export function replayedReport(command: string, file: string, io: Io): RunReport {
  const played = withRecording(command, file, io, (reader) => play(reader, { until: null, hasTimeline: false }, io));
  return reportOf(played, judge(played, played.run, io), factsOf(played), io);
}
