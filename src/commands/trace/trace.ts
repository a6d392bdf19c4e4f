import { resolve } from "node:path";
import type { Command, OptionValues } from "commander";
import { z } from "zod";
import { UsageError } from "../../core/base/usage-error.ts";
import { TracedMemory } from "../../core/ledger/run/traced-memory.ts";
import type { ProcessTraceReport, TraceReport } from "../../core/model/trace-report.ts";
import { withFailedReports } from "../../core/report/exit-code.ts";
import { processTraceReport } from "../../core/report/process-trace-report.ts";
import { makeRingFolder, type RingFolder } from "../../in/sources/ring-folder.ts";
import { RingFollower } from "../../in/sources/ring-follower.ts";
import { traceText } from "../../out/report/trace-text.ts";
import { ReportWriteError, writeReport } from "../../out/report/write-report.ts";
import { checkWritable } from "../check-writable.ts";
import { runChild } from "../child-process.ts";
import type { CommandRow } from "../command-row.ts";
import { engineVersion } from "../engine-version.ts";
import type { Io } from "../io.ts";
import { traceEnvironment } from "../run/environment.ts";
import { declareTracerFlags, parseTracerFlags, TracerFlags, type TracerOptions } from "../run/tracer-options.ts";

const Flags = z.object({ ...TracerFlags.shape, json: z.string().optional() });

/** Standard output as the report's file. */
const STDOUT = "-";

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
  const { report, hasStarted } = await follow(tracer, command, file === STDOUT, io);
  // Why it could not be started has been said; a report of nothing would bury that.
  if (!hasStarted) return report.commandExitCode;
  const isWritten = await writeOutputs(report, file, io);
  return withFailedReports(report.commandExitCode, !isWritten);
}

async function follow(
  options: TracerOptions,
  command: readonly string[],
  isStdoutTaken: boolean,
  io: Io,
): Promise<{ readonly report: TraceReport; readonly hasStarted: boolean }> {
  using folder = openFolder();
  const memories = new Map<string, TracedMemory>();
  using follower = new RingFollower(folder, (path) => memoryOf(memories, path));
  const startMs = performance.now();
  const env = traceEnvironment(io.env, { folder: folder.path, ...options });
  io.faults.commandBegan();
  const { exitCode, hasStarted } = await runChild(command, {
    env,
    stderr: io.stderr,
    output: isStdoutTaken ? "stderr" : "stdout",
  });
  io.faults.commandEnded(exitCode);
  follower.finish();
  const processes = follower.rings().map((ring) => {
    return processTraceReport(ring, memoryOf(memories, ring.path), follower.stacks(ring.path), io.cwd);
  });
  const report = {
    command,
    engine: engineVersion(),
    commandExitCode: exitCode,
    durationMs: Math.round(performance.now() - startMs),
    processes,
    warnings: [...follower.warnings(), ...warningsOf(folder, processes)],
  };
  return { report, hasStarted };
}

function openFolder(): RingFolder {
  try {
    return makeRingFolder();
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    throw new UsageError(`trace: no place for what processes record: ${reason}; see \`tt-memwatch doctor\``);
  }
}

function memoryOf(memories: Map<string, TracedMemory>, path: string): TracedMemory {
  const memory = memories.get(path) ?? new TracedMemory();
  memories.set(path, memory);
  return memory;
}

function warningsOf(folder: RingFolder, processes: readonly ProcessTraceReport[]): string[] {
  const reasons = folder.reasons().map((reason) => `live events not available: ${reason}`);
  if (reasons.length > 0 || processes.length > 0) return reasons;
  return [
    "nothing was traced: no process of the command imported ttnn. Python's -E and -I ignore the PYTHONPATH that brings " +
      "the tracer, and -S and tools that clean the environment keep it from starting",
  ];
}

/** `file`: absolute, or STDOUT. */
async function writeOutputs(report: TraceReport, file: string | null, io: Io): Promise<boolean> {
  if (file !== STDOUT) io.stderr.write(`\n${traceText(report)}`);
  const json = `${JSON.stringify(report, null, 2)}\n`;
  if (file === STDOUT) io.stdout.write(json);
  if (file === STDOUT || file === null) return true;
  try {
    await writeReport(file, json);
    return true;
  } catch (error) {
    if (!(error instanceof ReportWriteError)) throw error;
    io.stderr.write(`tt-memwatch: ${error.message}\n`);
    return false;
  }
}
