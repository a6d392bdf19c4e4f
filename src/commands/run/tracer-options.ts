import { InvalidArgumentError, Option } from "commander";
import { z } from "zod";

/** Whether allocations are traced: only on ttnn versions they were tested with, on any, or not at all. */
const TRACE_MODES = ["auto", "force", "off"] as const;

/** Python frames of an allocation: enough for a helper or two between ttnn and the test. */
const DEFAULT_STACK_FRAMES = 8;
/** What the tracer can take. */
const STACK_FRAMES_MAX = 32;

export interface TraceOptions {
  readonly mode: (typeof TRACE_MODES)[number];
  /** Python frames to record with each allocation; 0: none. */
  readonly stackFrames: number;
}

export const TraceFlags = z.object({
  trace: z.enum(TRACE_MODES).default("auto"),
  stacks: z.number().default(DEFAULT_STACK_FRAMES),
});

export function traceOption(): Option {
  return new Option("--trace [mode]", "follow every allocation; auto: only on tested ttnn versions; force: on any")
    .choices(TRACE_MODES)
    .preset("auto");
}

export function stacksOption(): Option {
  const what = `Python frames to record with each allocation, 0 to ${STACK_FRAMES_MAX} (default: ${DEFAULT_STACK_FRAMES})`;
  return new Option("--stacks <frames>", what).argParser(parseFrames);
}

function parseFrames(text: string): number {
  const frames = Number(text);
  if (/^\d+$/.test(text) && frames <= STACK_FRAMES_MAX) return frames;
  throw new InvalidArgumentError(`Wanted a number of frames from 0 to ${STACK_FRAMES_MAX}.`);
}
