import type { RunTimeline } from "../../core/ledger/timeline/run-timeline.ts";
import { ExitCode } from "../../core/model/exit-code.ts";
import type { Finding } from "../../core/model/finding.ts";
import type { EarlierRuns } from "../../core/model/history.ts";
import type { LiveSource } from "../../core/model/live-snapshot.ts";
import type { RecordedRun } from "../../core/model/recording.ts";
import type { Rules } from "../../core/model/rules.ts";
import type { RunRecord } from "../../core/model/run-record.ts";
import type { RunReport, RunSummary } from "../../core/model/run-report.ts";
import type { Timeline } from "../../core/model/timeline.ts";
import { exitCodeOfRuns, withFailedReports } from "../../core/report/decide-exit-code.ts";
import { compareReruns } from "../../core/verdicts/compare-reruns.ts";
import type { OldName } from "../../in/sources/plugin-socket.ts";
import { StandstillWatch } from "../../in/sources/stopped-children.ts";
import { describeExit } from "../../out/report/run-facts.ts";
import type { CommandRow } from "../command-row.ts";
import { engineVersion } from "../engine-version.ts";
import { earlierRuns } from "../history/earlier-runs.ts";
import { historyPlaceOrOwn } from "../history/history-place.ts";
import { prepareToStore, storeRun } from "../history/store-run.ts";
import type { Io } from "../io.ts";
import { readKnown } from "../known/known-options.ts";
import { announce } from "../live/announce-to-top.ts";
import { openMetrics } from "../live/open-metrics.ts";
import { openPage } from "../open-page.ts";
import { ownProgram } from "../own-program.ts";
import { sayRenamed } from "../renamed.ts";
import { rulesOf } from "../rules.ts";
import { untilStopped } from "../until-stopped.ts";
import { allOf } from "./all-listeners.ts";
import { InterruptWatch } from "./interrupt-watch.ts";
import { invocationOf } from "./invocation.ts";
import { junitFilesOf } from "./junit-files.ts";
import { LiveJudge } from "./live-judge.ts";
import type { LivePage } from "./live-page.ts";
import { type LiveClock, LiveRun } from "./live-run.ts";
import { declareRunFlags, parseRunOptions, type RunOptions } from "./options.ts";
import { hasTimeline, writeOutputs } from "./outputs.ts";
import { pageExtras } from "./page-extras.ts";
import { type Criteria, judgeRun, reportOf } from "./report-of-run.ts";
import { applyFlags } from "./report-options.ts";
import { SourceStatements } from "./source-statements.ts";
import { watchCommand } from "./watch-command.ts";
import { openRunRecording } from "./write-recording.ts";

const HELP = `
A report's file may be - for standard output; what the command and tt-memwatch print then goes to standard error.

The exit code is the command's own if that is not 0. Otherwise it is 1 if a finding fails, 2 if a report could not be
written, 3 if nothing was checked or a pytest process ended midway, and 70 after a fault of tt-memwatch's own.

Press Ctrl-C once to let the command end by itself, or twice to end it. The report follows in both cases.

Examples:
  tt-memwatch run -- pytest tests
  tt-memwatch run --runs 3 -- pytest tests
  tt-memwatch run --ui -- pytest tests
  tt-memwatch run --fail-on leak --html report.html -- python -m pytest -n 2 tests
  tt-memwatch mock -- tt-memwatch run -- make test`;

export const runCommand: CommandRow = {
  name: "run",
  summary: "run a command that starts pytest, and report which tests left device memory behind",
  declare: (command) => declareRunFlags(command).addHelpText("after", HELP),
  run: (flags, operands, io) => run(parseRunOptions(flags, operands, io), io),
};

/** Watches a command, once or several times, and reports; gives the exit code. */
async function run(options: RunOptions, io: Io): Promise<number> {
  const rules = applyFlags(rulesOf(options.rulesFile, io), options);
  const place = () => options.history ?? historyPlaceOrOwn("run", undefined, io);
  const known = await readKnown("run", options.known, null, place, io);
  const history = await prepareToStore(options.history, options.labels, io);
  const hasPage = options.uiPort !== null || hasTimeline(options);
  const before = history !== null && hasPage ? earlierRuns(history.place, new Date().toISOString(), io) : NONE_BEFORE;
  using interrupts = new InterruptWatch();
  await using opened = new AsyncDisposableStack();
  const runs: OneRun[] = [];
  for (let number = 1; number <= options.runs && !interrupts.isInterrupted; number += 1) {
    if (options.runs > 1) sayNumber(number, options, io);
    const one = await runOnce(options, { rules, known }, before, io, interrupts, opened);
    if (one.isNeverStarted) return one.commandExitCode;
    runs.push(one);
  }
  sayOldNames(runs, io);
  const report = options.runs > 1 ? reportOfRuns(runs, rules) : runs.at(-1)?.report;
  if (report === undefined) throw new Error("a command is run once or more");
  const { timeline = null, page = null } = runs.at(-1) ?? {};
  const extras = pageExtras({ timeline }, report, options, await before);
  io.faults.guard("showing the run on its page", () => page?.ended(report, extras));
  const areAllWritten = await writeOutputs(report, extras, options, junitFilesOf(report), io);
  if (history !== null) await storeRun(history, report, io);
  if (page !== null) await untilStopped(io);
  return withFailedReports(report.run.exitCode, !areAllWritten);
}

const NS_PER_MS = 1e6;

const NONE_BEFORE = Promise.resolve(null);

interface OneRun {
  readonly commandExitCode: number;
  readonly report: RunReport;
  readonly timeline: Timeline | null;
  readonly page: LivePage | null;
  readonly oldNames: readonly OldName[];
  readonly isNeverStarted: boolean;
  /** Whether a signal or a crash kept it from doing all it would have done. */
  readonly isCutShort: boolean;
}

/** `before`: what is known of earlier runs. `opened`: what stays open after the run. */
async function runOnce(
  options: RunOptions,
  { rules, known }: Pick<RecordedRun, "rules" | "known">,
  before: Promise<EarlierRuns | null>,
  io: Io,
  interrupts: InterruptWatch,
  opened: AsyncDisposableStack,
): Promise<OneRun> {
  const startedNs = Number(process.hrtime.bigint());
  const begun = {
    command: options.command,
    invocation: invocationOf(io, ownProgram(), options.verdictWords),
    cwd: io.cwd,
    engine: engineVersion(),
    startedAt: new Date().toISOString(),
  };
  const criteria = { rules, known, startedAt: begun.startedAt };
  const clock = clockFrom(startedNs);
  const live = liveRun(begun, criteria, clock, io);
  const course = options.uiPort !== null || hasTimeline(options) ? await beginTimeline(startedNs) : null;
  const page =
    options.uiPort === null || course === null
      ? null
      : await beginPage(begun, criteria, course, options, io, () => clock.nowMs());
  void before.then((earlier) => page?.holdAgainstBaseline(earlier));
  if (page !== null) opened.use(await openPage("run", page, () => live.snapshot(), options.uiPort ?? 0, io));
  const recording = await openRunRecording(options.recordingFile, { source: "run", ...begun, startedNs, ...criteria });
  await using _ = await announce(io, () => live.snapshot());
  await using _monitor = await openMetrics("run", options.metrics, io, () => live.snapshot());
  const watched = await watchCommand(
    options,
    rules,
    begun.engine,
    io,
    recording,
    allOf(page === null ? [live] : [live, page]),
    course,
    interrupts.signal,
  );
  const { commandExitCode, record, warnings, oldNames, allocations, rings, timeline } = watched;
  const judged = judgeRun(watched, criteria, io);
  live.judged(judged.findings);
  const durationMs = clock.nowMs();
  const lacks = await recording.end(
    { commandExitCode, durationMs, warnings, allocations, statements: watched.sources.asked() },
    rings,
  );
  const report = reportOf({ ...watched, warnings: [...warnings, ...lacks] }, judged, { ...begun, durationMs }, io);
  const isCutShort = interrupts.isInterrupted || report.run.lost.length > 0;
  const isRefused = isNeverStarted(commandExitCode, record);
  return { report, timeline, page, commandExitCode, oldNames, isNeverStarted: isRefused, isCutShort };
}

function clockFrom(startedNs: number): LiveClock {
  const startMs = performance.now();
  return { nowMs: () => Math.round(performance.now() - startMs), msOf: (ns) => (ns - startedNs) / NS_PER_MS };
}

/** Judges what there is so far by the same criteria as at the end. */
function liveRun(begun: SourceFacts, criteria: Criteria, clock: LiveClock, io: Io): LiveRun {
  const standstills = new StandstillWatch();
  const judgeNow = (record: RunRecord): readonly Finding[] => {
    return judgeRun({ record, hashOf: new SourceStatements(record).hashOf }, criteria, io).findings;
  };
  return new LiveRun(sourceOf(begun), new LiveJudge(judgeNow), io.cwd, clock, (pid) => standstills.of(pid));
}

/** What few runs need is loaded by those, as is the page below: every module makes all runs start later. */
async function beginTimeline(startedNs: number): Promise<RunTimeline> {
  const { RunTimeline } = await import("../../core/ledger/timeline/run-timeline.ts");
  return new RunTimeline(startedNs);
}

async function beginPage(...parts: ConstructorParameters<typeof LivePage>): Promise<LivePage> {
  const { LivePage } = await import("./live-page.ts");
  return new LivePage(...parts);
}

type SourceFacts = Pick<RunSummary, "command" | "engine" | "startedAt">;

function sourceOf({ command, engine, startedAt }: SourceFacts): LiveSource {
  return { command: "run", pid: process.pid, title: command, engine, startedAt };
}

function sayNumber(number: number, { runs, isQuiet }: RunOptions, io: Io): void {
  if (!isQuiet) io.stderr.write(`tt-memwatch: run ${number} of ${runs}${number === 1 ? ", to warm up" : ""}\n`);
}

/** Those of variables were said before the command was started. */
function sayOldNames(runs: readonly OneRun[], io: Io): void {
  const names = new Map(runs.flatMap(({ oldNames }) => oldNames.map(({ was, now }) => [was, now])));
  sayRenamed(
    [...names].map(([was, now]) => ({ was, now, isUsed: io.env[was] === undefined })),
    io,
  );
}

/** The last run's report with what the comparison showed, and the exit code over all of them. */
function reportOfRuns(runs: readonly OneRun[], rules: Rules): RunReport | undefined {
  const last = runs.at(-1)?.report;
  if (last === undefined) return undefined;
  const reports = runs.map(({ report }) => report);
  const reruns = compareReruns(runs.filter(({ isCutShort }) => !isCutShort).map(({ report }) => report));
  const exitCode = exitCodeOfRuns(reports, reruns, rules);
  const warnings = [
    ...last.run.warnings,
    ...runs.flatMap((run, index) => runWarnings(run, index + 1, run.report === last)),
  ];
  return { ...last, run: { ...last.run, exitCode, warnings }, reruns };
}

/** What the rest of the report does not say: it is about the last run. */
function runWarnings(
  { report: { run }, commandExitCode, isCutShort }: OneRun,
  number: number,
  isLast: boolean,
): string[] {
  const cut = isCutShort ? [`run ${number} was cut short and is not compared`] : [];
  if (isLast || run.exitCode === ExitCode.clean) return cut;
  const failed = commandExitCode === 0 ? exitsWith(run.exitCode) : `the command ${describeExit(commandExitCode)}`;
  return [`run ${number}: ${failed}`, ...cut];
}

function exitsWith(exitCode: number): string {
  return exitCode === ExitCode.findings ? "findings failed" : "nothing was checked, or a process ended midway";
}

/** A command that could not be started has been explained; a report of nothing would bury that. */
function isNeverStarted(commandExitCode: number, record: RunRecord): boolean {
  const isRefused = commandExitCode === ExitCode.cannotExecute || commandExitCode === ExitCode.commandNotFound;
  return isRefused && record.processes.length === 0;
}
