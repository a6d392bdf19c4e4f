import type { RunReport } from "../../core/model/run-report.ts";
import type { Io } from "../io.ts";
import { judge, reportOf } from "../run/report-of-run.ts";
import { withRecording } from "./open-recording.ts";
import { play } from "./play.ts";

/**
 * The report of a recorded run, judged as that run was.
 *
 * @param command whose operand the file is, for the message
 * @throws UsageError where nothing of it can be read
 */
export function replayedReport(command: string, file: string, io: Io): RunReport {
  const played = withRecording(command, file, io, (reader) => play(reader, { until: null, hasTimeline: false }, io));
  const { rules, ...begun } = played.run;
  return reportOf(played, judge(played, rules, io), { ...begun, durationMs: played.durationMs }, io);
}
