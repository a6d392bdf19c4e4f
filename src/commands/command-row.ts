import type { Command, OptionValues } from "commander";
import type { Io } from "./io.ts";

/** One row of the table of commands. */
export interface CommandRow {
  readonly name: string;
  readonly summary: string;
  /** Adds the command's flags, operands and help. */
  readonly declare: (command: Command) => Command;
  /** Runs it; `operands` is what follows the flags, gives the exit code. */
  readonly run: (flags: OptionValues, operands: readonly string[], io: Io) => Promise<number>;
}
