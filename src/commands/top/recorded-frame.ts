import type { LiveSnapshot } from "../../core/model/live-snapshot.ts";
import type { PlayUntil, StacksStep } from "../replay/play.ts";
import type { RecordingPasses } from "./recording-passes.ts";

/** How what was recorded stood at a moment. */
export interface RecordedFrame {
  readonly snapshot: LiveSnapshot;
  /** Tests that had ended by then, in that order; the last one last. */
  readonly ended: number;
}

/** Makes frames of what a recording has, by what was recorded. */
export interface FrameMaker {
  /** All that are kept, the end last. */
  all(reading: RecordingPasses, stacks: readonly StacksStep[]): Promise<readonly RecordedFrame[]>;
  /** One of a moment. To be asked after all. */
  at(until: PlayUntil, reading: RecordingPasses, stacks: readonly StacksStep[]): Promise<RecordedFrame>;
}
