import { Argument, type Command } from "commander";
import { UsageError } from "../../core/base/usage-error.ts";
import { ExitCode } from "../../core/model/exit-code.ts";
import type { CommandRow } from "../command-row.ts";
import type { Io } from "../io.ts";
import { bashCompletion } from "./bash.ts";
import { type DeclaredCommand, declaredCommands } from "./declared-commands.ts";
import { fishCompletion } from "./fish.ts";
import { zshCompletion } from "./zsh.ts";

/** One row a shell: what it gives is a script for that shell. */
const SHELLS: Readonly<Record<string, (commands: readonly DeclaredCommand[]) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

const HELP = `
To have it in every new shell:
  bash  tt-memwatch completion bash > ~/.local/share/bash-completion/completions/tt-memwatch
  zsh   tt-memwatch completion zsh > FOLDER/_tt-memwatch     (a folder of $fpath)
  fish  tt-memwatch completion fish > ~/.config/fish/completions/tt-memwatch.fish`;

/** `program` gives the declarations that the scripts are made of. */
export function completionCommand(program: (io: Io) => Promise<Command>): CommandRow {
  return {
    name: "completion",
    summary: "print a script that completes commands and options in your shell",
    declare: (command) =>
      command
        .usage("bash|zsh|fish")
        .addArgument(new Argument("[shell]", "the shell").choices(Object.keys(SHELLS)))
        .addHelpText("after", HELP),
    run: async (_flags, [shell = ""], io) => {
      const script = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
      if (script === undefined)
        throw new UsageError("completion: say which shell, for example: tt-memwatch completion bash");
      io.stdout.write(script(declaredCommands(await program(io))));
      return ExitCode.clean;
    },
  };
}
