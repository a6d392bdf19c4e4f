import type { RunEvent } from "../../core/model/event.ts";
import type { DroppedBatches, Recorded, RecordedEnd, RecordedRing } from "../../core/model/recording.ts";
import type { BookedMessage, ServerEvent } from "../../core/model/server-event.ts";
import type { StackFrame } from "../../core/model/stack.ts";
import type { TraceRecord } from "../../core/model/trace-record.ts";

/** What a recording has, in the order in which the engine took it. */
export type RecordingStep =
  | { readonly kind: "begin"; readonly begun: Recorded }
  | { readonly kind: "ring"; readonly ring: RecordedRing }
  | {
      readonly kind: "stacks";
      readonly ring: number;
      readonly stacks: readonly (readonly [number, readonly StackFrame[]])[];
    }
  | { readonly kind: "event"; readonly event: RunEvent }
  /** `next` gives each of them once, one object again and again. */
  | { readonly kind: "records"; readonly ring: number; readonly count: number; readonly next: () => TraceRecord }
  /** As `records`, of an allocation server. */
  | { readonly kind: "messages"; readonly count: number; readonly next: () => BookedMessage }
  | { readonly kind: "server"; readonly event: ServerEvent }
  | { readonly kind: "lost"; readonly ring: number; readonly records: number }
  | { readonly kind: "dropped"; readonly dropped: DroppedBatches }
  | { readonly kind: "end"; readonly end: RecordedEnd };
