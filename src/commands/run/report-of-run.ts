import { markKnown } from "../../core/known/mark-known.ts";
import type { RunTimeline } from "../../core/ledger/timeline/run-timeline.ts";
import type { AllocationsReport } from "../../core/model/allocations-report.ts";
import type { Finding } from "../../core/model/finding.ts";
import type { RecordedRun } from "../../core/model/recording.ts";
import type { RunRecord } from "../../core/model/run-record.ts";
import type { RunReport, TracedProcess } from "../../core/model/run-report.ts";
import type { Timeline } from "../../core/model/timeline.ts";
import {
  buildRunReport,
  type Judged,
  NOTHING_JUDGED,
  ownAttempts,
  type RunFacts,
  stateOf,
} from "../../core/report/build-run-report.ts";
import { recordWarnings } from "../../core/report/warnings.ts";
import { grade } from "../../core/verdicts/grade.ts";
import type { StatementHashOf } from "../../core/verdicts/signature.ts";
import type { FollowedRing } from "../../in/sources/ring-follower.ts";
import { isFalseStart } from "../../out/report/offered-command.ts";
import type { Io } from "../io.ts";
import { goneFiles } from "../known/gone-files.ts";
import type { RunTrace } from "./follow-rings.ts";

/** What was seen of a command, and how it ended. */
export interface Seen {
  /** null: how it ended is not recorded. */
  readonly commandExitCode: number | null;
  readonly record: RunRecord;
  /** Statements of the suite's source code. */
  readonly hashOf: StatementHashOf;
  /** Of what listened to it. */
  readonly warnings: readonly string[];
  readonly allocations: AllocationsReport | null;
  readonly otherTraced: readonly TracedProcess[];
  readonly rings: readonly FollowedRing[];
  /** null: no report shows it. */
  readonly timeline: Timeline | null;
  /** When the record was closed, where that was not when the command had ended; null: the run goes on. */
  readonly closed?: string | null | undefined;
}

/** At the end of a run. `trace`: which has been finished. */
export function lastTimelineOf(timeline: RunTimeline | null, trace: Pick<RunTrace, "stacks">, io: Io): Timeline | null {
  if (timeline === null) return null;
  return io.faults.guard("drawing the timeline", () => timeline.end((path) => trace.stacks(path))) ?? null;
}

/** By what a run is judged; `startedAt`, because a suppression may hold until a day. */
export type Criteria = Pick<RecordedRun, "rules" | "known" | "startedAt">;

export function judgeRun({ record, hashOf }: Pick<Seen, "record" | "hashOf">, criteria: Criteria, io: Io): Judged {
  return (
    io.faults.guard("judging what was seen", () => judged(grade(record, criteria.rules, hashOf), record, criteria)) ??
    NOTHING_JUDGED
  );
}

function judged(graded: readonly Finding[], record: RunRecord, { rules, known, startedAt }: Criteria): Judged {
  const midway = new Set(record.processes.filter(({ end }) => end !== "finished").map(({ process }) => process));
  const tests = ownAttempts(record).map((test) => ({
    test: test.ref.test,
    state: stateOf(test),
    outcome: test.outcome,
    endedMidway: midway.has(test.process),
  }));
  const rootDirs = record.processes.map(({ info }) => info.rootDir);
  return markKnown(graded, known, {
    tests,
    isFileGone: goneFiles(rootDirs, tests),
    today: startedAt.slice(0, "2025-01-31".length),
    // A mark that is out of date is no other thing than a suppression that is.
    failsStale: rules.failOn.includes("fixed"),
  });
}

/** Puts together what there is to report. After a fault of ours, its exit code is what the run ends with. */
export function reportOf(
  seen: Omit<Seen, "rings" | "timeline" | "hashOf">,
  judged: Judged,
  facts: Omit<RunFacts, "commandExitCode" | "warnings">,
  io: Io,
): RunReport {
  const { commandExitCode, record, warnings, allocations, otherTraced, closed } = seen;
  const isFalse = isFalseStart({ ...facts, commandExitCode });
  const heard = [...recordWarnings(record, { isFalseStart: isFalse, end: closed }), ...warnings];
  const known = { ...facts, commandExitCode, warnings: heard };
  const report = buildRunReport(record, judged, known, allocations, otherTraced);
  return io.faults.count === 0 ? report : { ...report, run: { ...report.run, exitCode: io.faults.exitCode } };
}
