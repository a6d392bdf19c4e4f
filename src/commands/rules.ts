import type { Command, OptionValues } from "commander";
import { z } from "zod";
import { UsageError } from "../core/base/usage-error.ts";
import { ExitCode } from "../core/model/exit-code.ts";
import type { Rules } from "../core/model/rules.ts";
import { defaultRules, defaultRulesText, parseRules } from "../in/rules/rules-file.ts";
import type { CommandRow } from "./command-row.ts";
import type { Io } from "./io.ts";
import { readNamedFile } from "./named-file.ts";
import { sayRenamed } from "./renamed.ts";

/** Largest file of rules that is read. */
const RULES_BYTES_MAX = 4_194_304;

const RULES_FILE = {
  what: "the rules in",
  sizeBytesMax: RULES_BYTES_MAX,
  remedy: "`tt-memwatch rules` prints rules to begin with",
};

const Flags = z.object({ json: z.boolean().default(false) });

const HELP = `
Without FILE it prints the default rules and explains them; copy and change them.
With FILE it checks that file; it names every fault, and the exit code is then 2.

Example: tt-memwatch rules > memwatch.toml && tt-memwatch run --rules memwatch.toml -- pytest tests`;

export const rulesCommand: CommandRow = {
  name: "rules",
  summary: "print the rules that findings are judged by, or check a file of rules",
  declare: (command: Command) =>
    command
      .usage("[--json] [FILE]")
      .option("--json", "print the resulting rules as JSON")
      .argument("[file]")
      .addHelpText("after", HELP),
  run: async (flags: OptionValues, operands: readonly string[], io: Io) => {
    const [file] = operands;
    const isJson = Flags.parse(flags).json;
    const rules = rulesOf(file ?? null, io);
    io.stdout.write(isJson ? `${JSON.stringify(rules, null, 2)}\n` : textOf(file));
    return ExitCode.clean;
  },
};

/** The rules to judge by: of the file that the user named, or the defaults. Throws UsageError with a line for each fault. */
export function rulesOf(file: string | null, io: Io): Rules {
  return file === null ? defaultRules() : readRules(file, io);
}

/** The rules of a file the user named. Throws UsageError with a line for each fault. */
function readRules(file: string, io: Io): Rules {
  const result = parseRules(readNamedFile(file, RULES_FILE, io), file, defaultRules());
  if (result.kind === "faults") throw new UsageError(result.faults.join("\n"));
  sayRenamed([{ was: `${file}: [repetition]`, now: "[recurrence]", isUsed: result.usesOldName }], io);
  return result.rules;
}

function textOf(file: string | undefined): string {
  return file === undefined ? defaultRulesText() : `${file}: these rules are valid\n`;
}
