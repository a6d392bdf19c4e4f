import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { z } from "zod";
import type { CommandRow } from "./commands/command-row.ts";
import { Faults } from "./commands/faults.ts";
import type { Io } from "./commands/io.ts";
import { UsageError } from "./core/base/usage-error.ts";
import { ExitCode } from "./core/model/exit-code.ts";

/** In the order help lists them. Loaded only when needed: `mock -- run` starts this program twice. */
const COMMANDS: Readonly<Record<string, () => Promise<CommandRow>>> = {
  run: async () => (await import("./commands/run/run.ts")).runCommand,
  trace: async () => (await import("./commands/trace/trace.ts")).traceCommand,
  mock: async () => (await import("./commands/mock/mock.ts")).mockCommand,
  rules: async () => (await import("./commands/rules.ts")).rulesCommand,
  serve: async () => (await import("./commands/serve/serve.ts")).serveCommand,
  dump: async () => (await import("./commands/ask/dump.ts")).dumpCommand,
  stats: async () => (await import("./commands/ask/stats.ts")).statsCommand,
  reset: async () => (await import("./commands/ask/reset.ts")).resetCommand,
  baseline: async () => (await import("./commands/ask/baseline.ts")).baselineCommand,
  doctor: async () => (await import("./commands/ask/doctor.ts")).doctorCommand,
};

const PackageJson = z.object({ version: z.string(), description: z.string() });

/** Commands that others depend on while they run: a fault of ours must not end them. */
const WATCHING: readonly string[] = ["run", "trace", "mock", "serve"];

const args = process.argv.slice(2);
const faults = new Faults(process.stderr);
const io: Io = { env: process.env, cwd: workingFolder(), stdout: process.stdout, stderr: process.stderr, faults };
catchFaults(io, WATCHING.includes(args[0] ?? ""));
process.exitCode = await main(args, io);

async function main(args: readonly string[], io: Io): Promise<number> {
  let exitCode: number = ExitCode.clean;
  const program = programOf(await commandsFor(args), io, (code) => {
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
function catchFaults({ faults, stdout, stderr }: Io, isWatching: boolean): void {
  const note = (error: unknown): void => {
    faults.note(error, "doing its work");
    if (!isWatching) process.exit(ExitCode.fault);
  };
  process.on("uncaughtException", note);
  process.on("unhandledRejection", note);
  // Whoever read them is gone: there is nobody to tell, and no reason to end.
  for (const stream of [stdout, stderr]) stream.on("error", () => {});
  // Nothing is left that could end what main waits for.
  process.on("exit", () => {
    if (process.exitCode !== undefined) return;
    faults.note(new Error("it ended before it was done"), "waiting");
    process.exitCode = faults.exitCode;
  });
}

/** Where it was removed: what it was called, so that what is there is not found and says so. */
function workingFolder(): string {
  try {
    return process.cwd();
  } catch {
    return process.env.PWD ?? "/";
  }
}

/** The command that is asked for; all of them where that is not clear, for help and for saying what is wrong. */
async function commandsFor([name = ""]: readonly string[]): Promise<readonly CommandRow[]> {
  const asked = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  return asked === undefined ? Promise.all(Object.values(COMMANDS).map((load) => load())) : [await asked()];
}

function programOf(rows: readonly CommandRow[], io: Io, onExit: (exitCode: number) => void): Command {
  const { version, description } = packageJson();
  // Flags after a command's name are that command's, and everything after `--` belongs to the command it starts.
  const program = new Command("tt-memwatch").enablePositionalOptions().exitOverride();
  program.description(description).version(version).showSuggestionAfterError();
  for (const row of rows) {
    const command = row.declare(program.command(row.name).summary(row.summary).description(row.summary));
    command.action(async () => onExit(await row.run(command.opts(), command.args, io)));
  }
  return program;
}

function packageJson(): z.infer<typeof PackageJson> {
  return PackageJson.parse(JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")));
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
