import { type Command, InvalidArgumentError, Option } from "commander";
import { z } from "zod";
import type { Io } from "../io.ts";
import { sayRenamed } from "../renamed.ts";

/** Whether allocations are traced: only on ttnn versions they were tested with, on any, or not at all. */
const TRACER_MODES = ["auto", "force", "off"] as const;

/** Python frames of an allocation: enough for a helper or two between ttnn and the test. */
export const DEFAULT_STACK_FRAMES = 8;
/** What the tracer can take. */
const STACK_FRAMES_MAX = 32;

export interface TracerOptions {
  readonly mode: (typeof TRACER_MODES)[number];
  /** Python frames to record with each allocation; 0: none. */
  readonly stackFrames: number;
}

export const TracerFlags = z.object({
  tracer: z.enum(TRACER_MODES).optional(),
  /** The old name of `tracer`. */
  trace: z.enum(TRACER_MODES).optional(),
  stacks: z.number().default(DEFAULT_STACK_FRAMES),
});

export function declareTracerFlags(command: Command): Command {
  const what = "whether to follow every allocation; auto (the default): on tested ttnn versions; force: on any version";
  const stacks = `Python frames to record with each allocation, 0 to ${STACK_FRAMES_MAX} (default: ${DEFAULT_STACK_FRAMES})`;
  return command
    .addOption(new Option("--tracer <mode>", what).choices(TRACER_MODES))
    .addOption(new Option("--trace [mode]").choices(TRACER_MODES).preset("auto").hideHelp())
    .addOption(new Option("--stacks <frames>", stacks).argParser(parseFrames));
}

export function parseTracerFlags({ tracer, trace, stacks }: z.output<typeof TracerFlags>, io: Io): TracerOptions {
  sayRenamed([{ was: "--trace", now: "--tracer", isUsed: trace !== undefined }], io);
  return { mode: tracer ?? trace ?? "auto", stackFrames: stacks };
}

function parseFrames(text: string): number {
  const frames = Number(text);
  if (/^\d+$/.test(text) && frames <= STACK_FRAMES_MAX) return frames;
  throw new InvalidArgumentError(`Wanted a number of frames from 0 to ${STACK_FRAMES_MAX}.`);
}
