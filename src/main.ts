import { isAbsolute } from "node:path";
import { CommanderError } from "commander";
import { declareProgram } from "./commands/declare-program.ts";
import type { Io } from "./commands/io.ts";
import { OutputWatch } from "./commands/output-watch.ts";
import { Faults } from "./commands/own-faults.ts";
import { UsageError } from "./core/base/usage-error.ts";
import { ExitCode } from "./core/model/exit-code.ts";
import { withFailedReports } from "./core/report/decide-exit-code.ts";

/** Commands that others depend on while they run: a fault of ours must not end them. */
const WATCHING: readonly string[] = ["run", "bisect", "trace", "mock", "serve"];

const args = process.argv.slice(2);
const faults = new Faults(process.stderr);
const io: Io = { env: process.env, cwd: workingFolder(), stdout: process.stdout, stderr: process.stderr, faults };
catchFaults(io, WATCHING.includes(args[0] ?? ""));
const output = new OutputWatch(io.stdout, io.stderr);
// Not awaited here: a single executable is not a module.
void main(args, io).then(async (exitCode) => {
  process.exitCode = withFailedReports(exitCode, await output.hasFailed());
});

async function main(args: readonly string[], io: Io): Promise<number> {
  let exitCode: number = ExitCode.clean;
  const program = await declareProgram(args, io, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return io.faults.count > 0 ? io.faults.exitCode : exitCode;
  } catch (error) {
    return exitCodeOfUsage(error, io);
  }
}

/** What no one else caught: in a timer, a socket's handler, a promise. */
function catchFaults({ faults }: Io, isWatching: boolean): void {
  const note = (error: unknown): void => {
    faults.note(error, "doing its work");
    if (!isWatching) process.exit(ExitCode.fault);
  };
  process.on("uncaughtException", note);
  process.on("unhandledRejection", note);
  // Nothing is left that could end what main waits for.
  process.on("exit", () => {
    if (process.exitCode !== undefined) return;
    faults.note(new Error("it ended before it was done"), "waiting");
    process.exitCode = faults.exitCode;
  });
}

/** An absolute path. Where the folder was removed: what it was called, so that what is there is not found and says so. */
function workingFolder(): string {
  try {
    return process.cwd();
  } catch {
    // A shell that was started there has no name for it either.
    const called = process.env.PWD ?? "";
    return isAbsolute(called) ? called : "/proc/self/cwd";
  }
}

/** Wrong use has been explained or is explained here; anything else is a fault of ours. */
function exitCodeOfUsage(error: unknown, io: Io): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.clean : ExitCode.wrongUse;
  if (error instanceof UsageError) {
    io.stderr.write(`tt-memwatch: ${error.message}\n`);
    return ExitCode.wrongUse;
  }
  io.faults.note(error, "doing its work");
  return io.faults.exitCode;
}
