import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { z } from "zod";
import type { CommandRow } from "./commands/command-row.ts";
import { ExitCode } from "./commands/exit-code.ts";
import type { Io } from "./commands/io.ts";
import { mockCommand } from "./commands/mock.ts";
import { rulesCommand } from "./commands/rules.ts";
import { runCommand } from "./commands/run.ts";
import { UsageError } from "./core/base/usage-error.ts";

const COMMANDS: readonly CommandRow[] = [runCommand, mockCommand, rulesCommand];

const PackageJson = z.object({ version: z.string(), description: z.string() });

const io: Io = { env: process.env, cwd: process.cwd(), stdout: process.stdout, stderr: process.stderr };
process.exitCode = await main(process.argv.slice(2), io);

async function main(args: readonly string[], io: Io): Promise<number> {
  let exitCode: number = ExitCode.clean;
  const program = programOf(COMMANDS, io, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    return exitCodeOfUsage(error, io);
  }
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
