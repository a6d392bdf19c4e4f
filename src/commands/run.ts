import type { Rules } from "../core/model/rules.ts";
import type { RunRecord } from "../core/model/run-record.ts";
import type { RunReport } from "../core/model/run-report.ts";
import { grade } from "../core/verdicts/grade.ts";
import { compareRuns } from "../core/verdicts/repetition.ts";
import { defaultRules } from "../in/rules/rules-file.ts";
import { describeExit } from "../out/report/run-facts.ts";
import type { CommandRow } from "./command-row.ts";
import { engineVersion } from "./engine-version.ts";
import { ExitCode } from "./exit-code.ts";
import type { Io } from "./io.ts";
import { readRules } from "./rules.ts";
import { exitCodeOf, exitCodeOfRuns, recordWarnings, withFailedReports } from "./run-exit-code.ts";
import { applyFlags, declareRunFlags, parseRunOptions, type RunOptions } from "./run-options.ts";
import { writeOutputs } from "./run-outputs.ts";
import { buildRunReport, countTests, ownAttempts, stateOf } from "./run-report.ts";
import { watch } from "./run-watch.ts";

const HELP = `
The exit code is the command's own if that is not 0; else 1 if a finding fails, 2 if a report could not be written,
3 if nothing was checked or a pytest process died midway.

Press Ctrl-C once to let the command end by itself, twice to end it; what was seen is reported either way.

Examples:
  tt-memwatch run -- pytest tests
  tt-memwatch run --repeat 3 -- pytest tests
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
  const rules = applyFlags(options.rulesFile === null ? defaultRules() : readRules(options.rulesFile, io.cwd), options);
  const engine = engineVersion();
  const reports: RunReport[] = [];
  for (let number = 1; number <= options.runs; number += 1) {
    if (options.runs > 1) announce(number, options, io);
    const { report, isNeverStarted, isInterrupted } = await runOnce(options, rules, engine, io);
    if (isNeverStarted) return report.run.commandExitCode;
    reports.push(report);
    if (isInterrupted) break;
  }
  const report = options.runs > 1 ? repeatedReport(reports, rules) : reports.at(-1);
  if (report === undefined) throw new Error("a command is run once or more");
  const areAllWritten = await writeOutputs(report, options, io);
  return withFailedReports(report.run.exitCode, !areAllWritten);
}

interface OneRun {
  readonly report: RunReport;
  readonly isNeverStarted: boolean;
  readonly isInterrupted: boolean;
}

async function runOnce(options: RunOptions, rules: Rules, engine: string, io: Io): Promise<OneRun> {
  const startedAt = new Date();
  const startMs = performance.now();
  const { commandExitCode, record, warnings, allocations, otherTraced, isInterrupted } = await watch(
    options,
    engine,
    io,
  );
  const findings = grade(record, rules);
  const tests = countTests(ownAttempts(record).map((test) => ({ state: stateOf(test) })));
  const facts = {
    command: options.command,
    engine,
    startedAt: startedAt.toISOString(),
    durationMs: Math.round(performance.now() - startMs),
    commandExitCode,
    exitCode: exitCodeOf(commandExitCode, findings, tests, record.processes),
    warnings: [...recordWarnings(record), ...warnings],
  };
  const report = buildRunReport(record, findings, facts, allocations, otherTraced);
  return { report, isNeverStarted: isNeverStarted(commandExitCode, record), isInterrupted };
}

function announce(number: number, { runs, isQuiet }: RunOptions, io: Io): void {
  if (!isQuiet) io.stderr.write(`tt-memwatch: run ${number} of ${runs}${number === 1 ? ", to warm up" : ""}\n`);
}

/** The last run's report with what the comparison showed, and the exit code over all of them. */
function repeatedReport(reports: readonly RunReport[], rules: Rules): RunReport | undefined {
  const last = reports.at(-1);
  if (last === undefined) return undefined;
  const repetition = compareRuns(reports);
  const exitCode = exitCodeOfRuns(reports, repetition, rules);
  const failed = reports.flatMap(({ run }, index) => {
    const isTold = run.commandExitCode === 0 || index === reports.length - 1;
    return isTold ? [] : [`run ${index + 1} of the command ${describeExit(run.commandExitCode)}`];
  });
  return { ...last, run: { ...last.run, exitCode, warnings: [...last.run.warnings, ...failed] }, repetition };
}

/** A command that could not be started has been explained; a report of nothing would bury that. */
function isNeverStarted(commandExitCode: number, record: RunRecord): boolean {
  const isRefused = commandExitCode === ExitCode.cannotExecute || commandExitCode === ExitCode.commandNotFound;
  return isRefused && record.processes.length === 0;
}
