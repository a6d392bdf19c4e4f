import type { RecordedEnd } from "../../core/model/recording.ts";
import type { TraceReport } from "../../core/model/trace-report.ts";
import type { RecordingReader } from "../../in/recording/recording-reader.ts";
import type { RecordingStep } from "../../in/recording/recording-step.ts";
import { TracedProgram } from "../trace/traced-program.ts";
import { damageOf, MissingSums } from "./describe-damage.ts";
import { openSteps } from "./open-recording.ts";
import type { PlayUntil } from "./play.ts";
import { RecordedRings } from "./recorded-rings.ts";
import type { TimeLimit } from "./time-limit.ts";

/**
 * What `tt-memwatch trace` reported of a program that it recorded.
 *
 * @param until null: all of it is taken
 */
export function replayProgram(
  reader: RecordingReader,
  until: Extract<PlayUntil, { kind: "time" }> | null,
): TraceReport {
  const { begun, steps } = openSteps(reader);
  const { program, rings } = openProgram(until?.limit ?? null);
  using _ = program;
  const dropped = new MissingSums();
  const end = take(steps, rings, dropped);
  const reachedMs = Math.max(0, reader.reachedMs - Date.parse(begun.startedAt));
  const whole = until === null ? end : null;
  if (whole !== null) rings.close(whole.rings);
  return {
    command: begun.command,
    engine: begun.engine,
    commandExitCode: whole?.commandExitCode ?? null,
    durationMs: Math.round(until?.time.offsetMs ?? whole?.durationMs ?? reachedMs),
    processes: program.processes(begun.cwd),
    warnings: [
      ...(whole?.warnings ?? []),
      ...(until === null ? damageOf(reader) : [`--until ended the report at ${until.text}`]),
      ...dropped.warnings(),
    ],
  };
}

/** A program whose rings are those of a recording. */
export function openProgram(limit: TimeLimit | null): {
  readonly program: TracedProgram;
  readonly rings: RecordedRings;
} {
  let rings: RecordedRings | null = null;
  const program = new TracedProgram((sinkOf) => {
    rings = new RecordedRings(sinkOf, limit);
    return rings;
  });
  if (rings === null) throw new Error("a program opens its rings at once");
  return { program, rings };
}

/** Gives how it ended, where that is recorded. */
function take(steps: Iterable<RecordingStep>, rings: RecordedRings, dropped: MissingSums): RecordedEnd | null {
  let end: RecordedEnd | null = null;
  for (const step of steps) {
    if (step.kind === "end") end = step.end;
    else if (step.kind === "dropped") dropped.add(step.dropped);
    rings.take(step);
  }
  return end;
}
