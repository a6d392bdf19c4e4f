import type { Command, OptionValues } from "commander";
import { z } from "zod";
import { parseSize } from "../../core/base/bytes.ts";
import { UsageError } from "../../core/base/usage-error.ts";

/** A limit on the memory of a test: its flag without dashes, and what the help says of it. */
const LIMITS = {
  limit: 'memory that a test may leave on each chip without a finding, e.g. "1 MB"',
  dram: "limit for DRAM alone",
  l1: "limit for L1 alone",
  "l1-small": "limit for L1_SMALL alone",
  "trace-limit": "limit for TRACE alone",
  peak: 'memory that a test itself may have live at once on each chip, e.g. "300 MB"',
  "dram-peak": "the same for DRAM alone",
  "l1-peak": "the same for L1 alone",
  "l1-small-peak": "the same for L1_SMALL alone",
  "trace-peak": "the same for TRACE alone",
  "l1-core-peak": "L1 that each core may have in use at once, including circular buffers and other tests' buffers",
} as const;

const NAMES = Object.keys(LIMITS);

const LimitFlags = z.record(z.string(), z.string().optional());

/** The variables by which the plugin learns of them. */
export const LIMIT_VARIABLES: readonly string[] = NAMES.map(variableOf);

export function declareLimitFlags(command: Command): Command {
  for (const [name, help] of Object.entries(LIMITS)) command.option(`--${name} <size>`, help);
  return command;
}

/** Each limit that was given, as it was given: its flag, and its text. */
export function limitWords(values: OptionValues): readonly (readonly [string, string])[] {
  return NAMES.flatMap((name) => {
    const text = LimitFlags.parse({ [name]: values[optionKey(name)] })[name];
    return text === undefined ? [] : [[`--${name}`, text] as const];
  });
}

/** Bytes, by the variable that the plugin learns them from. Throws UsageError. */
export function parseLimits(values: OptionValues): Readonly<Record<string, number>> {
  return Object.fromEntries(limitWords(values).map(([flag, text]) => [variableOf(flag.slice(2)), sizeOf(flag, text)]));
}

function variableOf(name: string): string {
  return `TT_MEMWATCH_${name.replaceAll("-", "_").toUpperCase()}`;
}

/** The name that commander has for it. */
function optionKey(name: string): string {
  return name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function sizeOf(flag: string, text: string): number {
  try {
    return parseSize(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(`run: ${flag}: ${error.message}`);
  }
}
