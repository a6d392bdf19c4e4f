import { type Command, Option, type OptionValues } from "commander";
import { z } from "zod";
import { UsageError } from "../../core/base/usage-error.ts";
import { MOMENT_HELP, parseUntil, type Until } from "../replay/until.ts";

const COLOR_MODES = ["auto", "always", "never"] as const;

export interface TopOptions {
  /** A recording; null: what runs now. */
  readonly file: string | null;
  readonly isOnce: boolean;
  readonly isJson: boolean;
  /** Where in the recording to begin; null: at its end. */
  readonly at: Until | null;
  readonly color: (typeof COLOR_MODES)[number];
}

const Flags = z.object({
  once: z.boolean().default(false),
  json: z.boolean().default(false),
  at: z.string().optional(),
  color: z.enum(COLOR_MODES).default("auto"),
});

export function declareTopFlags(command: Command): Command {
  return command
    .usage("[options] [FILE]")
    .option("--once", "print one frame and end, also into a pipe")
    .option("--json", "print snapshots instead, a line each, as they come; with --once one of each program")
    .option("--at <test or time>", `begin the recording ${MOMENT_HELP}`)
    .addOption(new Option("--color <when>", "colour the frames").choices(COLOR_MODES))
    .argument("[file]", "a recording of run, trace or serve --record FILE; by default, what runs now");
}

export function parseTopOptions(values: OptionValues, [file, ...more]: readonly string[]): TopOptions {
  const flags = Flags.parse(values);
  if (more.length > 0 || file === "") throw new UsageError("top: name one recording, or none to see what runs now");
  if (flags.at !== undefined && file === undefined) {
    throw new UsageError("top: --at is for a recording: tt-memwatch top --at 1m30s FILE");
  }
  return {
    file: file ?? null,
    isOnce: flags.once,
    isJson: flags.json,
    at: flags.at === undefined ? null : parseUntil("top: --at", flags.at),
    color: flags.color,
  };
}
