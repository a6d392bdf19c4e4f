import type { RunTimeline } from "../../core/ledger/timeline/run-timeline.ts";
import type { AllocationsReport } from "../../core/model/allocations-report.ts";
import type { Finding } from "../../core/model/finding.ts";
import type { Rules } from "../../core/model/rules.ts";
import type { RunRecord } from "../../core/model/run-record.ts";
import type { RunReport, TracedProcess } from "../../core/model/run-report.ts";
import type { Timeline } from "../../core/model/timeline.ts";
import { exitCodeOf } from "../../core/report/exit-code.ts";
import { buildRunReport, countTests, ownAttempts, type RunFacts, stateOf } from "../../core/report/run-report.ts";
import { recordWarnings } from "../../core/report/warnings.ts";
import { grade } from "../../core/verdicts/grade.ts";
import type { StatementHashOf } from "../../core/verdicts/signature.ts";
import type { FollowedRing } from "../../in/sources/ring-follower.ts";
import { gradedOf } from "../../out/report/finding-order.ts";
import { isFalseStart } from "../../out/report/offered-command.ts";
import type { Io } from "../io.ts";
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
  /** When the record was closed, where that was not when the command had ended. */
  readonly closed?: string | undefined;
}

/** `trace`: which has been finished. */
export function timelineOf(timeline: RunTimeline | null, trace: Pick<RunTrace, "stacks">, io: Io): Timeline | null {
  if (timeline === null) return null;
  const made = io.faults.guard("drawing the timeline", () => timeline.timeline((path) => trace.stacks(path)));
  return made ?? null;
}

export function judge({ record, hashOf }: Pick<Seen, "record" | "hashOf">, rules: Rules, io: Io): readonly Finding[] {
  return io.faults.guard("judging what was seen", () => grade(record, rules, hashOf)) ?? [];
}

/** Puts together what there is to report; `warnings` of what is not seen of the command. */
export function reportOf(
  seen: Seen,
  findings: readonly Finding[],
  facts: Omit<RunFacts, "commandExitCode" | "exitCode" | "warnings">,
  io: Io,
): RunReport {
  const { commandExitCode, record, warnings, allocations, otherTraced, closed } = seen;
  const graded = gradedOf({ findings, allocations });
  const tests = countTests(ownAttempts(record).map((test) => ({ state: stateOf(test) })));
  const ends = {
    commandExitCode,
    exitCode: io.faults.count > 0 ? io.faults.exitCode : exitCodeOf(commandExitCode, graded, tests, record.processes),
    warnings: [
      ...recordWarnings(record, { isFalseStart: isFalseStart({ ...facts, commandExitCode }), end: closed }),
      ...warnings,
    ],
  };
  return buildRunReport(record, findings, { ...facts, ...ends }, allocations, otherTraced);
}
