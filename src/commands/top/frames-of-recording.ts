import { resolve } from "node:path";
import { assertNever } from "../../core/base/assert-never.ts";
import { UsageError } from "../../core/base/usage-error.ts";
import type { LiveSnapshot } from "../../core/model/live-snapshot.ts";
import type { Recorded } from "../../core/model/recording.ts";
import { RecordingPlaces } from "../../in/recording/recording-places.ts";
import type { Io } from "../io.ts";
import { endSnapshot } from "../replay/end-snapshot.ts";
import { findMoment, momentsIn } from "../replay/find-moment.ts";
import { findingStacks, type StacksStep } from "../replay/play.ts";
import { playUntilTime } from "../replay/play-until.ts";
import { instantAt, type Until } from "../replay/until.ts";
import { resultInSlices } from "../work-in-slices.ts";
import { FramesOfProgram } from "./frames-of-program.ts";
import { FramesOfRun } from "./frames-of-run.ts";
import { FramesOfServer } from "./frames-of-server.ts";
import type { FrameMaker, RecordedFrame } from "./recorded-frame.ts";
import type { RecordingPasses } from "./recording-passes.ts";

interface RecordedFrames {
  /** At least one; the last one is the end. */
  readonly frames: readonly RecordedFrame[];
  /** Which of them was asked for. */
  readonly at: number;
}

/** @throws UsageError for a moment that only a run has */
export function frameMaker(file: string, begun: Recorded, at: Until | null, io: Io): FrameMaker {
  if (begun.source !== "run" && at?.kind === "test") {
    const source = `a recording of tt-memwatch ${begun.source}`;
    throw new UsageError(`${at.option} ${at.test}: ${source} does not say when tests end; name a time`);
  }
  switch (begun.source) {
    case "run":
      return new FramesOfRun(file, io);
    case "trace":
      return new FramesOfProgram(file, begun);
    case "serve":
      return new FramesOfServer(file, begun);
    default:
      return assertNever(begun);
  }
}

/** Passes that a moment needs: to find it, what had happened by then, and how all stood. */
const MOMENT_PASSES = 3;

/**
 * Reads a recording, and keeps how things stood moment by moment, and at the one that is asked for.
 *
 * @param at null: its end
 * @throws UsageError where it cannot be read, or has no such moment
 */
export async function recordedFrames(
  file: string,
  at: Until | null,
  maker: FrameMaker,
  reading: RecordingPasses,
  io: Io,
): Promise<RecordedFrames> {
  reading.expect(at === null ? 1 : 1 + MOMENT_PASSES);
  const stacks = await stacksOf(file, reading, io);
  const frames = await maker.all(reading, stacks);
  if (at === null) return { frames, at: frames.length - 1 };
  const until = await playUntilTime(at, reading.pass);
  return withFrame(frames, await maker.at(until, reading, stacks));
}

/** What was live at the end of a recording, or at a moment, found by its index. null: it has none, or not that moment. */
export async function outlineOf(file: string, at: Until | null, io: Io): Promise<LiveSnapshot | null> {
  try {
    using places = await RecordingPlaces.open(resolve(io.cwd, file));
    const time = at === null ? null : timeOf(at, places);
    const live = await resultInSlices(places.findingLiveAt(time?.ns ?? Number.POSITIVE_INFINITY));
    const snapshot = endSnapshot(file, places, live);
    return { ...snapshot, state: "running", atMs: Math.round(time?.offsetMs ?? snapshot.atMs) };
  } catch {
    return null;
  }
}

function timeOf(at: Until, places: RecordingPlaces) {
  const moment = findMoment(at, momentsIn(places));
  if (moment.kind === "time") return moment.time;
  return moment.endNs === null ? null : instantAt(places.begun, moment.endNs);
}

/** By the index, which is the faster way. */
async function stacksOf(file: string, reading: RecordingPasses, io: Io): Promise<readonly StacksStep[]> {
  try {
    using places = await RecordingPlaces.open(resolve(io.cwd, file));
    return [...places.stacks()].map(([ring, stacks]) => ({ kind: "stacks", ring, stacks: [...stacks] }));
  } catch {
    reading.expect(1);
    return await reading.pass(findingStacks);
  }
}

/** In its place in the order of time, instead of one of the same moment. */
function withFrame(frames: readonly RecordedFrame[], frame: RecordedFrame): RecordedFrames {
  const isBefore = ({ ended, snapshot }: RecordedFrame): boolean =>
    ended < frame.ended || (ended === frame.ended && snapshot.atMs < frame.snapshot.atMs);
  const isSame = ({ ended, snapshot }: RecordedFrame): boolean =>
    ended === frame.ended && snapshot.atMs === frame.snapshot.atMs && snapshot.state !== "ended";
  const before = frames.filter(isBefore);
  const later = frames.slice(before.length).filter((other) => !isSame(other));
  return { frames: [...before, frame, ...later], at: before.length };
}
