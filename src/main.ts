import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { z } from "zod";
import type { CommandRow } from "./commands/command-row.ts";
import { ExitCode } from "./commands/exit-code.ts";
import type { Io } from "./commands/io.ts";
import { UsageError } from "./core/base/usage-error.ts";

/** In the order help lists them. Loaded only when needed: `mock -- run` starts this program twice. */
const COMMANDS: Readonly<Record<string, () => Promise<CommandRow>>> = {
  run: async () => (await import("./commands/run.ts")).runCommand,
  trace: async () => (await import("./commands/trace.ts")).traceCommand,
  mock: async () => (await import("./commands/mock.ts")).mockCommand,
  rules: async () => (await import("./commands/rules.ts")).rulesCommand,
  serve: async () => (await import("./commands/serve.ts")).serveCommand,
  dump: async () => (await import("./commands/dump.ts")).dumpCommand,
  stats: async () => (await import("./commands/stats.ts")).statsCommand,
  reset: async () => (await import("./commands/reset.ts")).resetCommand,
  baseline: async () => (await import("./commands/baseline.ts")).baselineCommand,
  doctor: async () => (await import("./commands/doctor.ts")).doctorCommand,
};

const PackageJson = z.object({ version: z.string(), description: z.string() });

const io: Io = { env: process.env, cwd: process.cwd(), stdout: process.stdout, stderr: process.stderr };
process.exitCode = await main(process.argv.slice(2), io);

async function main(args: readonly string[], io: Io): Promise<number> {
  let exitCode: number = ExitCode.clean;
  const program = programOf(await commandsFor(args), io, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    return exitCodeOfUsage(error, io);
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

/** Wrong use has been explained or is explained here; anything else is a bug and keeps its stack. */
function exitCodeOfUsage(error: unknown, io: Io): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.clean : ExitCode.wrongUse;
  if (!(error instanceof UsageError)) throw error;
  io.stderr.write(`tt-memwatch: ${error.message}\n`);
  return ExitCode.wrongUse;
}
