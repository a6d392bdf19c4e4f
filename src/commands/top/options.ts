import { type Command, Option, type OptionValues } from "commander";
import { z } from "zod";
import { UsageError } from "../../core/base/usage-error.ts";

const COLOR_MODES = ["auto", "always", "never"] as const;

export interface TopOptions {
  /** A recording; null: what runs now. */
  readonly file: string | null;
  readonly isOnce: boolean;
  readonly isJson: boolean;
  /** Where in the recording to begin; null: at its end. */
  readonly at: At | null;
  readonly color: (typeof COLOR_MODES)[number];
}

/** A moment of a recording: when a test had ended the first time, or a time since the run began. */
export type At = { readonly kind: "test"; readonly test: string } | { readonly kind: "time"; readonly atMs: number };

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
    .option("--at <moment>", "begin where this test of the recording had ended, or at this time: 90, 1:30")
    .addOption(new Option("--color <when>", "colour the frames").choices(COLOR_MODES))
    .argument("[file]", "a recording of tt-memwatch run --record FILE; without one, what runs now");
}

export function parseTopOptions(values: OptionValues, [file, ...more]: readonly string[]): TopOptions {
  const flags = Flags.parse(values);
  if (more.length > 0 || file === "") throw new UsageError("top: name one recording, or none to see what runs now");
  if (flags.at !== undefined && file === undefined) {
    throw new UsageError("top: --at is for a recording: tt-memwatch top --at 1:30 FILE");
  }
  return {
    file: file ?? null,
    isOnce: flags.once,
    isJson: flags.json,
    at: flags.at === undefined ? null : parseAt(flags.at),
    color: flags.color,
  };
}

const MS_PER_SECOND = 1_000;
const SECONDS_PER_MINUTE = 60;

/** "90", "12.5", "1:30" or "1:05:00" are times; all else is the id of a test. */
function parseAt(text: string): At {
  if (text === "") throw new UsageError("top: --at needs the id of a test or a time, for example --at 1:30");
  if (!/^\d+(?::[0-5]?\d){0,2}(?:\.\d+)?$/.test(text)) return { kind: "test", test: text };
  const seconds = text.split(":").reduce((sum, part) => sum * SECONDS_PER_MINUTE + Number(part), 0);
  return { kind: "time", atMs: Math.round(seconds * MS_PER_SECOND) };
}
