import { Command, CommanderError } from "commander";
import { ExitCode } from "../core/model/exit-code.ts";
import type { CommandRow } from "./command-row.ts";
import { engineDescription } from "./engine-version.ts";
import type { Io } from "./io.ts";
import { refuseOptionsAsValues } from "./option-values.ts";
import { versionsText } from "./versions.ts";

/** In the order help lists them. Loaded only when needed: `mock -- run` starts this program twice. */
const COMMANDS: Readonly<Record<string, () => Promise<CommandRow>>> = {
  run: async () => (await import("./run/run.ts")).runCommand,
  bisect: async () => (await import("./bisect/bisect.ts")).bisectCommand,
  replay: async () => (await import("./replay/replay.ts")).replayCommand,
  inspect: async () => (await import("./replay/inspect.ts")).inspectCommand,
  cut: async () => (await import("./cut/cut.ts")).cutCommand,
  export: async () => (await import("./export/export.ts")).exportCommand,
  suppress: async () => (await import("./known/suppress.ts")).suppressCommand,
  diff: async () => (await import("./known/diff.ts")).diffCommand,
  history: async () => (await import("./history/history.ts")).historyCommand,
  trace: async () => (await import("./trace/trace.ts")).traceCommand,
  top: async () => (await import("./top/top.ts")).topCommand,
  regions: async () => (await import("./regions/regions.ts")).regionsCommand,
  mock: async () => (await import("./mock/mock.ts")).mockCommand,
  rules: async () => (await import("./rules.ts")).rulesCommand,
  serve: async () => (await import("./serve/serve.ts")).serveCommand,
  dump: async () => (await import("./ask/dump.ts")).dumpCommand,
  stats: async () => (await import("./ask/stats.ts")).statsCommand,
  reset: async () => (await import("./ask/reset.ts")).resetCommand,
  baseline: async () => (await import("./ask/baseline.ts")).baselineCommand,
  doctor: async () => (await import("./ask/doctor.ts")).doctorCommand,
  mcp: async () => (await import("./mcp/mcp.ts")).mcpCommand,
  selftest: async () => (await import("./selftest/selftest.ts")).selftestCommand,
  completion: async () => (await import("./completion/completion.ts")).completionCommand(wholeProgram),
};

const EXAMPLES = `
Examples:
  tt-memwatch run -- pytest tests                          (which test leaves memory behind, and where)
  tt-memwatch mock -- tt-memwatch run -- pytest tests      (the same without hardware)
  tt-memwatch run --help`;

/**
 * The program with the command that is asked for; with all of them where that is not clear, for help and for saying what is
 * wrong. `onExit` gets the command's exit code.
 */
export async function declareProgram(
  [name = ""]: readonly string[],
  io: Io,
  onExit: (exitCode: number) => void,
): Promise<Command> {
  const asked = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (asked === undefined) return wholeProgram(io, onExit);
  return programOf([await asked()], io, onExit);
}

/** With all commands. */
export async function wholeProgram(io: Io, onExit: (exitCode: number) => void = () => {}): Promise<Command> {
  return programOf(await Promise.all(Object.values(COMMANDS).map((load) => load())), io, onExit);
}

function programOf(rows: readonly CommandRow[], io: Io, onExit: (exitCode: number) => void): Command {
  // Flags after a command's name are that command's, and everything after `--` belongs to the command it starts.
  const program = new Command("tt-memwatch").enablePositionalOptions().exitOverride();
  program.description(engineDescription()).showSuggestionAfterError();
  const outputError = (text: string, write: (text: string) => void): void => {
    write(text.replace(/^error: /, `${program.name()}: `));
  };
  program
    .addHelpText("after", EXAMPLES)
    .configureOutput({ outputError })
    .showHelpAfterError(`(see: ${program.name()} --help)`);
  program.option("-V, --version", "show the versions of its parts").on("option:version", () => {
    io.stdout.write(`${versionsText()}\n`);
    throw new CommanderError(ExitCode.clean, "commander.version", "shown");
  });
  for (const row of rows) {
    const command = row.declare(program.command(row.name).summary(row.summary).description(row.summary));
    refuseOptionsAsValues(command);
    command.showHelpAfterError(`(see: ${program.name()} ${row.name} --help)`);
    command.action(async () => onExit(await row.run(command.opts(), command.args, io)));
  }
  return program;
}
