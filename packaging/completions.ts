import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { bashCompletion } from "../src/commands/completion/bash.ts";
import { declaredCommands } from "../src/commands/completion/declared-commands.ts";
import { fishCompletion } from "../src/commands/completion/fish.ts";
import { zshCompletion } from "../src/commands/completion/zsh.ts";
import { declaredProgram } from "./declared-program.ts";

/** Writes the completion scripts to where each shell looks below a folder `share`. */
export async function writeCompletions(share: string): Promise<void> {
  const commands = declaredCommands(await declaredProgram());
  write(join(share, "bash-completion/completions/tt-memwatch"), bashCompletion(commands));
  write(join(share, "zsh/site-functions/_tt-memwatch"), zshCompletion(commands));
  write(join(share, "fish/vendor_completions.d/tt-memwatch.fish"), fishCompletion(commands));
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
