import type { RunRecord, TestRecord } from "../../core/model/run-record.ts";
import type { RunReport } from "../../core/model/run-report.ts";
import { NOTHING_JUDGED } from "../../core/report/build-run-report.ts";
import { engineVersion } from "../engine-version.ts";
import type { Io } from "../io.ts";
import { rulesOf } from "../rules.ts";
import type { InterruptWatch } from "../run/interrupt-watch.ts";
import type { LiveListener } from "../run/live-run.ts";
import { parseRunOptions } from "../run/options.ts";
import { reportOf } from "../run/report-of-run.ts";
import { watchCommand } from "../run/watch-command.ts";
import { NO_RECORDING } from "../run/write-recording.ts";
import type { BisectOptions } from "./options.ts";

const NOBODY_LOOKS_ON: LiveListener = { note: () => {}, follow: () => {}, commandEnded: () => {} };

/** What one run of a command showed. */
export interface WatchedTests {
  readonly record: RunRecord;
  readonly report: RunReport;
  readonly commandExitCode: number;
  readonly durationMs: number;
}

/** Runs a command as `tt-memwatch run` does, and reports nothing. */
export async function watchTests(
  command: readonly string[],
  { isVerbose }: Pick<BisectOptions, "isVerbose">,
  io: Io,
  interrupts: InterruptWatch,
): Promise<WatchedTests> {
  const options = { ...parseRunOptions({}, command, io), output: isVerbose ? "stderr" : "hidden" } as const;
  const facts = { command, invocation: [], cwd: io.cwd, engine: engineVersion(), startedAt: new Date().toISOString() };
  const rules = rulesOf(null, io);
  const startMs = performance.now();
  const watched = await watchCommand(
    options,
    rules,
    facts.engine,
    io,
    NO_RECORDING,
    NOBODY_LOOKS_ON,
    null,
    interrupts.signal,
  );
  const durationMs = Math.round(performance.now() - startMs);
  const report = reportOf(watched, NOTHING_JUDGED, { ...facts, durationMs }, io);
  return { record: watched.record, report, commandExitCode: watched.commandExitCode, durationMs };
}

/** The last attempt of a test; undefined: it did not run. */
export function lastAttempt({ tests }: RunRecord, test: string): TestRecord | undefined {
  return tests.findLast(({ ref, repeat }) => ref.test === test && repeat === 0);
}
