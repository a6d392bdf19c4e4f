import type { RunReport } from "../../core/model/run-report.ts";
import type { Io } from "../io.ts";
import { judgeRun, reportOf } from "../run/report-of-run.ts";
import { withRecording } from "./open-recording.ts";
import { type Played, play } from "./play.ts";

/** What a report says of the run itself. */
export function factsOf({ run: { command, invocation, cwd, engine, startedAt }, durationMs }: Played) {
  return { command, invocation, cwd, engine, startedAt, durationMs };
}

/** A recorded run, judged as that run was. */
export interface ReplayedRun {
  readonly report: RunReport;
  /** What the recording lacks, a sentence each. */
  readonly lacks: readonly string[];
}

/**
 * The report of a recorded run.
 *
 * @param command whose operand the file is, for the message
 * @throws UsageError where nothing of it can be read
 */
export function replayedRun(command: string, file: string, io: Io): ReplayedRun {
  const played = withRecording(command, file, io, (reader) => play(reader, { until: null, hasTimeline: false }, io));
  const report = reportOf(played, judgeRun(played, played.run, io), factsOf(played), io);
  return { report, lacks: played.lacks };
}
