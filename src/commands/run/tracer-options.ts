import { type Command, InvalidArgumentError, Option } from "commander";
import { z } from "zod";
import { UsageError } from "../../core/base/usage-error.ts";
import type { Io } from "../io.ts";
import { sayRenamed } from "../renamed.ts";

/** Whether allocations are traced: only on ttnn versions they were tested with, on any, or not at all. */
const TRACER_MODES = ["auto", "force", "off"] as const;

/** Python frames of an allocation: enough for a helper or two between ttnn and the test. */
export const DEFAULT_STACK_FRAMES = 8;
/** What the tracer can take. */
const STACK_FRAMES_MAX = 32;

/** How many records a ring has. */
const CAPACITY_VARIABLE = "TT_MEMWATCH_TRACER_CAPACITY";
/** What the tracer takes: 1.5 GB. */
const CAPACITY_MAX = 16_777_216;

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
  checkCapacity(io.env);
  sayRenamed([{ was: "--trace", now: "--tracer", isUsed: trace !== undefined }], io);
  return { mode: tracer ?? trace ?? "auto", stackFrames: stacks };
}

/** Each traced process would say it, and record nothing. */
function checkCapacity(env: Readonly<NodeJS.ProcessEnv>): void {
  const text = env[CAPACITY_VARIABLE];
  if (!text || (/^\d{1,9}$/.test(text) && Number(text) >= 1 && Number(text) <= CAPACITY_MAX)) return;
  throw new UsageError(
    `${CAPACITY_VARIABLE} is ${JSON.stringify(text)}; wanted a number of records from 1 to ${CAPACITY_MAX}`,
  );
}

function parseFrames(text: string): number {
  const frames = Number(text);
  if (/^\d+$/.test(text) && frames <= STACK_FRAMES_MAX) return frames;
  throw new InvalidArgumentError(`Wanted a number of frames from 0 to ${STACK_FRAMES_MAX}.`);
}
