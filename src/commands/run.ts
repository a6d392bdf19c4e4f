import { RunLedger } from "../core/ledger/run-ledger.ts";
import type { AllocationsReport } from "../core/model/allocations-report.ts";
import type { RunEvent } from "../core/model/event.ts";
import type { Rules } from "../core/model/rules.ts";
import type { RunRecord } from "../core/model/run-record.ts";
import type { RunReport, TracedProcess } from "../core/model/run-report.ts";
import { grade } from "../core/verdicts/grade.ts";
import { compareRuns } from "../core/verdicts/repetition.ts";
import { defaultRules } from "../in/rules/rules-file.ts";
import { PluginSocket, SOCKET_NAME } from "../in/sources/plugin-socket.ts";
import { folderCandidates, makePrivateFolder } from "../in/sources/private-folder.ts";
import { StatusLine, systemClock } from "../out/live/status-line.ts";
import { describeExit } from "../out/report/run-facts.ts";
import { runChild } from "./child-process.ts";
import type { CommandRow } from "./command-row.ts";
import { engineVersion } from "./engine-version.ts";
import { ExitCode } from "./exit-code.ts";
import type { Io } from "./io.ts";
import { readRules } from "./rules.ts";
import { openRunAllocations } from "./run-allocations.ts";
import { runEnvironment, type TracingEnvironment } from "./run-environment.ts";
import { exitCodeOf, exitCodeOfRuns, recordWarnings, withFailedReports } from "./run-exit-code.ts";
import { InterruptWatch } from "./run-interrupt.ts";
import { applyFlags, declareRunFlags, parseRunOptions, type RunOptions } from "./run-options.ts";
import { hasColor, isStdoutTaken, writeOutputs } from "./run-outputs.ts";
import { RunProgress } from "./run-progress.ts";
import { buildRunReport, countTests, ownAttempts, stateOf } from "./run-report.ts";
import { openRunTrace, type RunTrace } from "./run-trace.ts";

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

interface Watched {
  readonly commandExitCode: number;
  readonly record: RunRecord;
  readonly warnings: readonly string[];
  readonly allocations: AllocationsReport | null;
  readonly otherTraced: readonly TracedProcess[];
  readonly isInterrupted: boolean;
}

async function watch(options: RunOptions, engine: string, io: Io): Promise<Watched> {
  using interrupts = new InterruptWatch();
  using folder = makePrivateFolder(folderCandidates(io.env), SOCKET_NAME);
  using status = openStatus(options, io);
  await using allocations = await openRunAllocations(engine, io, options.socketPath);
  using trace = openRunTrace(options.trace);
  const ledger = new DeferringLedger(trace, (event) => {
    status.note(event);
    allocations.note(event);
  });
  await using socket = await PluginSocket.open({ engine, folder, onEvent: (event) => ledger.apply(event) });
  const { exitCode } = await runChild(options.command, {
    env: runEnvironment(io.env, socket.path, options.plugin, tracing(trace, options)),
    stderr: io.stderr,
    signal: interrupts.signal,
    isStdoutTaken: isStdoutTaken(options),
  });
  await socket.drain();
  const served = await allocations.report();
  const record = ledger.record();
  const heard = [...socket.warnings(), ...allocations.warnings, ...trace.warnings];
  return {
    commandExitCode: exitCode,
    record,
    warnings: heard,
    allocations: served,
    otherTraced: trace.others(),
    isInterrupted: interrupts.isInterrupted,
  };
}

function tracing({ folder }: RunTrace, { trace }: RunOptions): TracingEnvironment | null {
  return folder === null ? null : { folder, ...trace };
}

/** The line at the bottom of a terminal, from the first event on. */
function openStatus({ hasStatus, color }: RunOptions, io: Io): Disposable & { note(event: RunEvent): void } {
  if (!hasStatus || io.stderr.isTTY !== true) return { note: () => {}, [Symbol.dispose]: () => {} };
  const isColored = hasColor(color, io.stderr, io.env);
  const line = new StatusLine(io.stderr, { term: io.env.TERM, color: isColored, clock: systemClock });
  const progress = new RunProgress();
  const note = (event: RunEvent): void => {
    progress.note(event);
    line.update(progress.status());
  };
  return { note, [Symbol.dispose]: () => line.close() };
}

/** A command that could not be started has been explained; a report of nothing would bury that. */
function isNeverStarted(commandExitCode: number, record: RunRecord): boolean {
  const isRefused = commandExitCode === ExitCode.cannotExecute || commandExitCode === ExitCode.commandNotFound;
  return isRefused && record.processes.length === 0;
}

/** A fault of ours must not end the command it watches: it comes up when the command has ended. */
class DeferringLedger {
  readonly #ledger = new RunLedger();
  readonly #trace: RunTrace;
  readonly #onApplied: (event: RunEvent) => void;
  #fault: { readonly error: unknown } | null = null;

  constructor(trace: RunTrace, onApplied: (event: RunEvent) => void) {
    this.#trace = trace;
    this.#onApplied = onApplied;
  }

  apply(event: RunEvent): void {
    if (this.#fault !== null) return;
    try {
      this.#trace.before(event, this.#ledger);
      this.#ledger.apply(event);
      this.#onApplied(event);
    } catch (error) {
      this.#fault = { error };
    }
  }

  record(): RunRecord {
    if (this.#fault !== null) throw this.#fault.error;
    this.#trace.finish(this.#ledger);
    return this.#ledger.record();
  }
}
