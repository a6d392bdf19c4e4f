import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { constants } from "node:os";
import { assertNever } from "../core/base/assert-never.ts";
import { ExitCode } from "../core/model/exit-code.ts";
import { passSignals } from "./pass-signals.ts";

/** After being asked to end, a command has this long before it is killed. */
const KILL_GRACE_MS = 5_000;

const STDERR_FD = 2;

export interface ChildOptions {
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly stderr: NodeJS.WritableStream;
  /** Aborting it asks the command to end, and kills it when it has not ended after `KILL_GRACE_MS`. */
  readonly signal?: AbortSignal;
  /** Where what the command writes to its standard output goes, by default to ours; `hidden`: nobody sees it, nor its standard error. */
  readonly output?: "stdout" | "stderr" | "hidden";
}

export interface ChildEnd {
  /** False: it could not be started, which has been explained. */
  readonly hasStarted: boolean;
  /** The command's own; 128 + n when signal n ended it; 127 or 126 when it could not be started, as in a shell. */
  readonly exitCode: number;
  readonly signal: NodeJS.Signals | null;
}

/**
 * Runs a command in our process group with our standard streams, passing on the signals that we alone get, and waits for
 * its end. A command that cannot be started is explained in one line on `stderr`.
 */
export async function runChild(command: readonly string[], options: ChildOptions): Promise<ChildEnd> {
  const { env, stderr, signal } = options;
  const [program = "", ...args] = command;
  let child: ChildProcess | null = null;
  // Before it starts: it may send one at once. What comes is handled when this turn is over, and it is there then.
  const stopPassing = passSignals(() => child);
  let stopListening = (): void => {};
  try {
    child = spawn(program, args, { env, stdio: streamsOf(options) });
    stopListening = stopOnAbort(child, signal);
    return await endOf(child, (error) => {
      const { exitCode, reason } = whyNotStarted(error);
      stderr.write(`tt-memwatch: ${program}: ${reason}\n`);
      return { hasStarted: false, exitCode, signal: null };
    });
  } finally {
    stopPassing();
    stopListening();
  }
}

function streamsOf({ output = "stdout" }: ChildOptions): StdioOptions {
  switch (output) {
    case "stdout":
      return "inherit";
    case "stderr":
      return ["inherit", STDERR_FD, "inherit"];
    case "hidden":
      return ["inherit", "ignore", "ignore"];
    default:
      return assertNever(output);
  }
}

function endOf(child: ChildProcess, notStarted: (error: NodeJS.ErrnoException) => ChildEnd): Promise<ChildEnd> {
  const { promise, resolve } = Promise.withResolvers<ChildEnd>();
  child.once("error", (error) => {
    // The same event reports a signal that could not be sent, which ends nothing.
    if (child.pid === undefined) resolve(notStarted(error));
  });
  child.once("exit", (code, signal) =>
    resolve({ hasStarted: true, exitCode: signal === null ? (code ?? 0) : 128 + constants.signals[signal], signal }),
  );
  return promise;
}

function whyNotStarted(error: NodeJS.ErrnoException): { exitCode: number; reason: string } {
  switch (error.code) {
    case "ENOENT":
      return { exitCode: ExitCode.commandNotFound, reason: "command not found" };
    case "EACCES":
      return { exitCode: ExitCode.cannotExecute, reason: "not allowed to execute it" };
    default:
      return { exitCode: ExitCode.cannotExecute, reason: `cannot start it (${error.message})` };
  }
}

function stopOnAbort(child: ChildProcess, signal: AbortSignal | undefined): () => void {
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    child.kill("SIGTERM");
    timer = setTimeout(() => child.kill("SIGKILL"), KILL_GRACE_MS);
  };
  if (signal?.aborted) stop();
  signal?.addEventListener("abort", stop, { once: true });
  return () => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  };
}
