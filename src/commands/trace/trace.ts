import { resolve } from "node:path";
import type { Command, OptionValues } from "commander";
import { z } from "zod";
import { UsageError } from "../../core/base/usage-error.ts";
import type { LiveSource } from "../../core/model/live-snapshot.ts";
import type { ProcessTraceReport, TraceReport } from "../../core/model/trace-report.ts";
import { withFailedReports } from "../../core/report/decide-exit-code.ts";
import { isTaken } from "../../in/sources/proc.ts";
import { makeRingFolder, type RingFolder } from "../../in/sources/ring-folder.ts";
import { StandstillWatch } from "../../in/sources/stopped-children.ts";
import { checkWritable } from "../check-writable.ts";
import { runChild } from "../child-process.ts";
import type { CommandRow } from "../command-row.ts";
import { checkDifferent } from "../different-files.ts";
import { engineVersion } from "../engine-version.ts";
import type { Io } from "../io.ts";
import { announce } from "../live/announce-to-top.ts";
import { RECORD_FLAG, RECORD_HELP, recordingFiles, recordingPath } from "../recording-path.ts";
import { LiveRings } from "../run/live-rings.ts";
import { STDOUT } from "../run/report-options.ts";
import { declareTracerFlags, parseTracerFlags, TracerFlags, type TracerOptions } from "../run/tracer-options.ts";
import { traceEnvironment } from "../run/watched-environment.ts";
import { openRunRecording } from "../run/write-recording.ts";
import { LiveTrace } from "./live-trace.ts";
import { TracedProgram } from "./traced-program.ts";
import { writeTraceReport } from "./write-trace-report.ts";

const Flags = z.object({ ...TracerFlags.shape, json: z.string().optional(), record: z.string().optional() });

const HELP = `
Works with any program that uses ttnn; for pytest use tt-memwatch run. It follows every process that the command
starts, forked or spawned. The report lists buffers that were never freed and the lines that allocated them, the peak
of each memory, and what was live when memory ran out. The exit code is the command's own.

Example: tt-memwatch trace -- python demo.py`;

export const traceCommand: CommandRow = {
  name: "trace",
  summary: "run a program that uses ttnn, and report what it never freed and where that was allocated",
  declare: (command: Command) =>
    declareTracerFlags(command)
      .usage("[options] -- COMMAND [ARGUMENT...]")
      .option(
        "--json <file>",
        "write the report as JSON; - writes it to standard output, and the command's output to stderr",
      )
      .option(RECORD_FLAG, RECORD_HELP)
      .argument("[command...]")
      .passThroughOptions()
      .addHelpText("after", HELP),
  run: (flags: OptionValues, operands: readonly string[], io: Io) => trace(Flags.parse(flags), operands, io),
};

async function trace(flags: z.output<typeof Flags>, command: readonly string[], io: Io): Promise<number> {
  if (command.length === 0) {
    throw new UsageError("trace: say which command to run, for example: tt-memwatch trace -- python demo.py");
  }
  const tracer = parseTracerFlags(flags, io);
  if (tracer.mode === "off")
    throw new UsageError("trace: --tracer=off leaves nothing to do; leave it out, or use auto");
  if (flags.json === "") {
    throw new UsageError("trace: --json needs the name of a file, or - for standard output");
  }
  const file = flags.json === undefined || flags.json === STDOUT ? (flags.json ?? null) : resolve(io.cwd, flags.json);
  if (file !== null && file !== STDOUT) checkWritable("trace", "--json", file);
  const recordingFile = recordingPath("trace", flags.record, io.cwd);
  const reportFiles = file === null || file === STDOUT ? [] : [{ name: "--json", path: file }];
  checkDifferent("trace", [], [...reportFiles, ...recordingFiles(recordingFile)]);
  const { report, hasStarted } = await follow({ tracer, command, recordingFile, isStdoutTaken: file === STDOUT }, io);
  // Why it could not be started has been said; a report of nothing would bury that.
  if (!hasStarted) return report.commandExitCode;
  const isWritten = await writeTraceReport(report, file, io);
  return withFailedReports(report.commandExitCode, !isWritten);
}

interface Followed {
  readonly tracer: TracerOptions;
  readonly command: readonly string[];
  /** Absolute; null: nothing is recorded. */
  readonly recordingFile: string | null;
  readonly isStdoutTaken: boolean;
}

async function follow({ tracer, command, recordingFile, isStdoutTaken }: Followed, io: Io): Promise<TracedCommand> {
  const begun = { command, engine: engineVersion() };
  const startNs = Number(process.hrtime.bigint());
  const started = { startedAt: new Date().toISOString(), startedNs: startNs };
  const facts = { source: "trace" as const, ...begun, ...started, invocation: [], cwd: io.cwd };
  using folder = openFolder();
  const recording = await openRunRecording(recordingFile, facts);
  using program = new TracedProgram((sinkOf) => new LiveRings(folder, recording, sinkOf));
  const durationMs = (): number => Math.round((Number(process.hrtime.bigint()) - startNs) / 1e6);
  const source: LiveSource = {
    command: "trace",
    pid: process.pid,
    title: command,
    engine: begun.engine,
    startedAt: started.startedAt,
  };
  const standstills = new StandstillWatch();
  const live = new LiveTrace(source, program, io.cwd, durationMs, (pid) => {
    return isTaken(pid) ? { state: "running", standstill: standstills.of(pid) } : { state: "ended", standstill: null };
  });
  await using _ = await announce(io, () => live.snapshot());
  const env = traceEnvironment(io.env, { folder: folder.path, ...tracer });
  io.faults.commandBegan();
  const { exitCode, hasStarted } = await runChild(command, {
    env,
    stderr: io.stderr,
    output: isStdoutTaken ? "stderr" : "stdout",
  });
  io.faults.commandEnded(exitCode);
  program.finish();
  live.hasEnded = true;
  const processes = program.processes(io.cwd);
  const ended = { commandExitCode: exitCode, durationMs: durationMs() };
  const warnings = [...program.warnings(), ...warningsOf(folder, processes)];
  const lacks = await recording.end({ ...ended, warnings, allocations: null, statements: [] }, program.rings());
  return { report: { ...begun, ...ended, processes, warnings: [...warnings, ...lacks] }, hasStarted };
}

interface TracedCommand {
  readonly report: TraceReport & { readonly commandExitCode: number };
  readonly hasStarted: boolean;
}

function openFolder(): RingFolder {
  try {
    return makeRingFolder();
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    throw new UsageError(`trace: no place for what processes record: ${reason}; see \`tt-memwatch doctor\``);
  }
}

function warningsOf(folder: RingFolder, processes: readonly ProcessTraceReport[]): string[] {
  const reasons = folder.reasons().map((reason) => `live events not available: ${reason}`);
  if (reasons.length > 0 || processes.length > 0) return reasons;
  return [
    "nothing was traced: no process of the command imported ttnn. Python's -E and -I ignore the PYTHONPATH that brings " +
      "the tracer, and -S and tools that clean the environment keep it from starting",
  ];
}
