import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import { stripVTControlCharacters } from "node:util";
import { printable } from "../../core/base/printable.ts";

/** A program that hangs is ended: a first run on a board compiles kernels for a minute. */
const TIMEOUT_MS = 300_000;

/** After being asked to end, a program has this long before it is killed. */
const KILL_GRACE_MS = 5_000;

/** Of what a program says in the end, in characters. */
const TAIL_CHARACTERS = 65_536;

/** Of one line that is shown. */
const LINE_CHARACTERS_MAX = 300;

/** The line that says why a Python program ended: an exception, as Python and pytest print it. */
const EXCEPTION = /^(?:E\s+)?(\w*(?:Error|Exception|Exit): ?\S.*)$/;

/** The exit code of a shell for a program that a signal ended is this and the signal's number. */
const SIGNAL_BASE = 128;

/** How a program ended. */
export interface Ended {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The end of what it printed, on either stream. */
  readonly output: string;
}

export interface ProgramPlace {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Aborting it ends the program, and its reason is thrown. */
  readonly interrupted: AbortSignal;
}

/** Runs a program to its end, without a terminal. */
export async function runProgram(command: readonly string[], place: ProgramPlace): Promise<Ended> {
  const { env, cwd, interrupted } = place;
  interrupted.throwIfAborted();
  const [program = "", ...args] = command;
  const child = spawn(program, args, { env, cwd, stdio: ["ignore", "pipe", "pipe"] });
  let timer = setTimeout(() => child.kill("SIGKILL"), TIMEOUT_MS);
  const stop = (): void => {
    child.kill();
    clearTimeout(timer);
    timer = setTimeout(() => child.kill("SIGKILL"), KILL_GRACE_MS);
  };
  interrupted.addEventListener("abort", stop, { once: true });
  let output = "";
  const take = (chunk: string): void => {
    output = (output + chunk).slice(-TAIL_CHARACTERS);
  };
  child.stdout.setEncoding("utf8").on("data", take);
  child.stderr.setEncoding("utf8").on("data", take);
  try {
    await once(child, "close");
  } catch (error) {
    return { exitCode: null, signal: null, output: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
    interrupted.removeEventListener("abort", stop);
  }
  interrupted.throwIfAborted();
  return { exitCode: child.exitCode, signal: child.signalCode, output };
}

/** "ended with SIGSEGV", "ended with 2: RuntimeError: no device" */
export function describeEnd({ exitCode, signal, output }: Ended): string {
  const how = signal ?? signalName(exitCode) ?? (exitCode === null ? "an error" : `${exitCode}`);
  const why = whyEnded(output);
  return `ended with ${how}${why === "" ? "" : `: ${why}`}`;
}

/** What a program printed that says most about why it ended: its first exception, else its last line. */
export function whyEnded(output: string): string {
  const lines = stripVTControlCharacters(output)
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
  const exception = lines.map((line) => EXCEPTION.exec(line)?.[1]).find((found) => found !== undefined);
  return printable((exception ?? lines.at(-1) ?? "").slice(0, LINE_CHARACTERS_MAX));
}

/** The signal that an exit code of a shell or of `run` stands for; null: none. */
export function signalName(exitCode: number | null): string | null {
  if (exitCode === null || exitCode <= SIGNAL_BASE) return null;
  const number = exitCode - SIGNAL_BASE;
  return Object.entries(constants.signals).find(([, each]) => each === number)?.[0] ?? null;
}
